import { stagePlace } from "./request.ts"
import type { PreparedFiles, PreparedStage } from "./stage.ts"

/** Lines for a shell in the folder of all stages, in order. */
export const commandsIn = ({ commands, folder }: Pick<PreparedFiles, "commands" | "folder">): ReadonlyArray<string> =>
  commands.map((command) => `(cd ${folder} && ${command})`)

/** The script that trains all stages that have files in their order, or those that it is given. */
export const runScript = (stages: ReadonlyArray<PreparedStage>): string => {
  const ready = stages.flatMap(({ stage, prepared }) =>
    prepared === undefined ? [] : [{ place: stagePlace(stage), prepared }]
  )
  const places = ready.map(({ place }) => place).join(" ")
  return `#!/usr/bin/env bash
# Trains the stages that are named (${places || "there are none"}), or all of them in their order.
set -euo pipefail
cd "$(dirname "\${BASH_SOURCE[0]}")"
[ $# -gt 0 ] || set -- ${places}

for stage; do
  case $stage in
${ready.map(({ place, prepared }) => section(place, prepared)).join("")}    *)
      echo "run.sh: there is no stage $stage; there are: ${places}" >&2
      exit 1
      ;;
  esac
done
`
}

const section = (place: string, { commands, folder }: PreparedFiles): string => `    ${place})
      (
        cd ${folder}
${commands.map((command) => `        ${command}\n`).join("")}      )
      ;;
`

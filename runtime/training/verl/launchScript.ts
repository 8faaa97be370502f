import { devicesInScript, type Overrides, type OverrideValue, type PathInFolder } from "./overrides.ts"

/** The shell script that starts verl, with its arguments one a line; further overrides may be given to it. */
export const launchScript = (overrides: Overrides): string => {
  const fixed = Object.entries(overrides).map(([key, value]) =>
    isPath(value) ? `"${key}='$here${pathAfter(value)}'"` : shellWord(`${key}=${hydraValue(value)}`)
  )
  const devices = Object.entries(devicesInScript).map(
    ([key, { standard, variable }]) => `"${key}=\${${variable}:-${standard}}"`
  )
  return `#!/bin/sh
# Starts the training, or goes on from its last checkpoint. Arguments are further overrides of verl's configuration.
set -eu
# Ray would leave out lines that look alike.
export RAY_DEDUP_LOGS=0
# The folder of this script, as Hydra reads it between quotes.
here=$(cd "$(dirname "$0")" && pwd | sed "s/'/\\\\\\\\'/g")
exec "\${SMARTSEARCH_PYTHON:-python3}" -m verl.trainer.main_ppo \\
${[...fixed, ...devices].map((word) => `  ${word} \\\n`).join("")}  "$@"
`
}

const isPath = (value: OverrideValue): value is PathInFolder => typeof value === "object" && "inFolder" in value

/** What follows the folder of the script. */
const pathAfter = ({ inFolder }: PathInFolder): string => (inFolder === "." ? "" : `/${inFolder}`)

/** A value in Hydra's grammar of overrides (https://hydra.cc/docs/advanced/override_grammar/basic). */
const hydraValue = (value: Exclude<OverrideValue, PathInFolder>): string => {
  switch (typeof value) {
    case "number":
      return String(value)
    case "boolean":
      return value ? "True" : "False"
    case "string":
      return isPlain(value) ? value : `'${value.replace(/(\\*)'/g, "$1$1\\'")}'`
    default:
      return `[${value.map(hydraValue).join(",")}]`
  }
}

/** Whether Hydra reads the text as itself without quotes. */
const isPlain = (text: string): boolean =>
  /^[A-Za-z_/][\w/.:@%+-]*$/.test(text) && !/^(?:true|false|null|nan|inf)$/i.test(text)

/** A text as one word of a shell. */
export const shellWord = (text: string): string =>
  /^[\w./:=+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

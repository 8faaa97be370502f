import { type StageName, stageNames } from "../../../../config/curriculum.ts"
import { isServed, type ModelSettings } from "../../../../config/models.ts"
import type { Settings } from "../../../../config/settings.ts"
import { shellWord } from "../../../training/verl/launchScript.ts"
import { stagePlace } from "./request.ts"
import type { PreparedStage } from "./stage.ts"

/** The command that made the folder, for the commands that go on from it. */
export interface GivenCommand {
  /** The name of the curriculum. */
  readonly name: string
  /** The arguments that say with which configuration. */
  readonly configured: ReadonlyArray<string>
  /** Those that change it for a curriculum, but for its name and stages. */
  readonly changed: ReadonlyArray<string>
}

const policyOf = ({ models, policy }: Settings): ModelSettings | undefined => models[policy.model]

/** Whose trajectories the data are, in words. */
export const policyInWords = (settings: Settings): string => {
  const model = policyOf(settings)
  if (model === undefined || model.kind === "heuristic") return "the offline policy of this process"
  return isServed(model) ? `\`${model.model}\` behind ${model.url} (${model.kind})` : `the policy in ${model.folder}`
}

/** How the first stage is followed by the next one as the paper has it: with data of the policy that it trained. */
export const nextStage = (
  stages: ReadonlyArray<PreparedStage>,
  settings: Settings,
  given: GivenCommand
): string | undefined => {
  const first = stages.find(({ prepared }) => prepared !== undefined)
  if (first?.prepared === undefined) return undefined
  const place = stagePlace(first.stage)
  const trained = `$DIR/${first.prepared.policy}`
  const next = stages[stages.indexOf(first) + 1]?.stage ?? stageNames[stageNames.indexOf(first.stage) + 1]
  const then = next === undefined ? evaluation(settings, trained, given) : sampling(settings, trained, given, next)
  return `\`\`\`sh
DIR=/path/to/this/folder     # where the trained policy can be read
bash "$DIR/run.sh" ${place}
${serving(policyOf(settings), trained)}${then}
\`\`\`
`
}

/** Starts a server in the place of the one that was sampled from. */
const serving = (model: ModelSettings | undefined, trained: string): string => {
  if (model === undefined || !isServed(model)) return ""
  const port = new URL(model.url).port
  const options = `${port === "" ? "" : ` --port ${port}`} &`
  return model.kind === "sglang"
    ? `python3 -m sglang.launch_server --model-path "${trained}"${options}\n`
    : `vllm serve "${trained}" --served-model-name ${shellWord(model.model)}${options}\n`
}

const sampling = (settings: Settings, trained: string, given: GivenCommand, next: StageName) => {
  const run = `${nameWithout(given.name)}-stage-${stageNames.indexOf(next) + 1}`
  const asked = ["--engine", "llama-factory", "--dry-run", "--stages", next, "--run", run]
  return command(["run", "curriculum", ...given.configured, ...given.changed, ...asked]).concat(
    ` --set training.backbone="${trained}"`,
    ownFolder(settings, trained)
  )
}

const evaluation = (settings: Settings, trained: string, given: GivenCommand) =>
  command(["run", "evaluate", ...given.configured, "--run", `${nameWithout(given.name)}-trained`]).concat(
    ownFolder(settings, trained)
  )

const command = (words: ReadonlyArray<string>): string => ["smartsearch", ...words.map(shellWord)].join(" ")

/** A policy that runs in the process is not served: its folder is named instead. */
const ownFolder = ({ models, policy }: Settings, trained: string): string => {
  const name = /[."=]/.test(policy.model) ? `"${policy.model}"` : policy.model
  return models[policy.model]?.kind === "local" ? ` --set ${shellWord(`models.${name}.folder=`)}"${trained}"` : ""
}

/** A name of the same curriculum for whatever stage, without what an earlier stage added. */
const nameWithout = (name: string): string => name.replace(/-stage-\d$/, "")

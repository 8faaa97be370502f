import type { StageName } from "../../../../config/curriculum.ts"
import type { Settings } from "../../../../config/settings.ts"
import { count } from "../../../../projections/evaluation/format.ts"
import { versions } from "../../../training/llama-factory/layout.ts"
import { verlVersion } from "../../../training/verl/layout.ts"
import { version } from "../../../version.ts"
import { fileTable } from "./fileTable.ts"
import type { GivenCommand } from "./nextCommands.ts"
import { originGuide } from "./origin.ts"
import { stageRemarks } from "./remarks.ts"
import { stagePlace } from "./request.ts"
import { commandsIn } from "./script.ts"
import type { PreparedFiles, PreparedStage } from "./stage.ts"
import { type TrainingValue, trainingValues } from "./values.ts"

/** What a person has to know who trains from the folder. */
export const prepareGuide = (stages: ReadonlyArray<PreparedStage>, settings: Settings, given: GivenCommand): string => {
  const ready = stages.flatMap(({ prepared, stage }) => (prepared === undefined ? [] : [{ prepared, stage }]))
  return [
    heading(stages, given),
    remarks(stages, settings),
    commands(ready),
    tools(ready, settings),
    originGuide(stages, settings, given),
    losses(ready),
    values(ready, settings),
    `## Files\n\n${fileTable(ready.map(({ prepared }) => prepared.files))}`
  ]
    .filter((part) => part !== "")
    .join("\n")
}

interface Ready {
  readonly prepared: PreparedFiles
  readonly stage: StageName
}

const learnt = {
  sft: ["imitation", "demonstrations"],
  dpo: ["alignment", "preferences"],
  grpo: ["generalization", "questions"]
} as const

const heading = (
  stages: ReadonlyArray<PreparedStage>,
  { name }: GivenCommand
): string => `# ${name}: to be trained elsewhere

Written by SmartSearch ${version} (\`run curriculum --dry-run\`). All that the trainings need beside the first base is in this
folder. It can be copied to the machine that trains, as all paths within it begin here.

| stage | rows | starts from | ends with |
| --- | --- | --- | --- |
${stages.map(stageLine).join("\n")}
`

const stageLine = ({ prepared, rows, stage }: PreparedStage): string => {
  const [title, examples] = learnt[stage]
  const cells = [`\`${stagePlace(stage)}\` ${title}`, `${count(rows)} ${examples}`]
  if (prepared === undefined) return `| ${[...cells, "–", "no files: it is passed over"].join(" | ")} |`
  const base = prepared.request.base.folder.replace(/^\.\.\/\.\.\//, "")
  return `| ${[...cells, `\`${base}\``, `\`${prepared.policy}\``].join(" | ")} |`
}

const remarks = (stages: ReadonlyArray<PreparedStage>, settings: Settings): string => {
  const told = stages.flatMap((stage) => stageRemarks(stage, settings))
  return told.length === 0 ? "" : `## Beforehand\n\n${told.map((remark) => `- ${remark}\n`).join("")}`
}

const commands = (ready: ReadonlyArray<Ready>): string =>
  ready.length === 0
    ? ""
    : `## Commands, in order

\`\`\`sh
${ready.flatMap(({ prepared }) => commandsIn(prepared)).join("\n")}
\`\`\`

\`bash run.sh\` gives them one after the other and ends with the first that fails; \`bash run.sh ${ready.map(({ stage }) => stagePlace(stage)).at(-1)}\` only those of
the stages that it is given.
`

const tools = (ready: ReadonlyArray<Ready>, settings: Settings): string => {
  const engines = new Set(ready.map(({ prepared }) => prepared.request.engine))
  const verl = ready.find(({ prepared }) => prepared.request.engine === "verl")
  if (engines.size === 0) return ""
  const rows = [
    ...(engines.has("llama-factory")
      ? [`| LLaMA-Factory | ${versions} | \`pip install llamafactory deepspeed\` | \`llamafactory-cli\` in PATH |`]
      : []),
    ...(verl === undefined
      ? []
      : [
          `| verl | ${verlVersion} | \`pip install verl==${verlVersion} ${rolloutServer(verl.prepared)}\` | \`SMARTSEARCH_PYTHON\`, else \`python3\` |`
        ])
  ]
  return `## Tools

| tool | version | to install | found by |
| --- | --- | --- | --- |
${rows.join("\n")}

Give each a Python environment of its own: they want different versions of the same packages.
${verl === undefined ? "" : `\n${services(settings)}`}`
}

const rolloutServer = ({ request: { objective } }: PreparedFiles): string =>
  objective.kind === "grpo" ? (objective.rollouts?.server ?? "") : ""

const services = ({ retrieval: { retriever } }: Settings): string => {
  const passages =
    retriever.kind === "server"
      ? `the configuration's, ${retriever.url}`
      : `any FlashRAG server of ${retriever.corpus}: the process that wrote this searched it by itself`
  return `verl makes rollouts of its own. While it trains, two services have to answer at the addresses that \`3-grpo/verl/README.md\` names:
the retriever (${passages}) and the rewards (\`smartsearch serve reward\` with the same configuration).
\`SMARTSEARCH_RETRIEVER_URL\` and \`SMARTSEARCH_REWARD_URL\` change the addresses when the folder is written.
`
}

const losses = (ready: ReadonlyArray<Ready>): string =>
  ready.length === 0
    ? ""
    : `## What counts for the loss

${ready
  .map(({ prepared: { request }, stage }) => {
    const results = request.settings.maskResults
      ? "the tokens of `<result>…</result>`, which the retriever wrote, are left out"
      : "every token of the answers, those of `<result>…</result>` included"
    return `- \`${stagePlace(stage)}\`: ${results} (\`maskResults: ${request.settings.maskResults}\`).\n`
  })
  .join("")}${ready.some(({ stage }) => stage === "sft") ? masks : ""}`

const masks = `
The masks of \`1-sft\` are in \`llama-factory/data/examples.json\`, which \`train.yaml\` names. The same rows in \`dataset/\`, as alpaca
with its columns in \`dataset_info.json\`, have no masks: they are for other trainers.
`

const values = (ready: ReadonlyArray<Ready>, settings: Settings): string =>
  ready.length === 0
    ? ""
    : `## Values

By the names that the engine has for them, from the keys of the configuration (\`docs/configuration.md\`).

${ready
  .map(
    ({ prepared, stage }) => `| \`${stagePlace(stage)}\` | value | key | paper |
| --- | --- | --- | --- |
${trainingValues(stage, prepared.request, settings).map(valueLine).join("\n")}
`
  )
  .join("\n")}`

const valueLine = ({ argument, key, paper, value }: TrainingValue): string => {
  const compared = paper === undefined ? "–" : paper === value ? "the same" : paper
  return `| \`${argument}\` | ${value} | \`${key}\` | ${compared} |`
}

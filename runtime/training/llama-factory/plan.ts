import { stringify } from "yaml"
import type { TrainingRequest } from "../../../events/training.ts"
import { datasetInfoFile } from "../../../projections/formats/format.ts"
import type { Files } from "../external/files.ts"
import { deepspeedConfig } from "./deepspeed.ts"
import { guide } from "./guide.ts"
import { datasetName, layout } from "./layout.ts"
import { type Arguments, exportArguments, trainingArguments } from "./trainingArguments.ts"

/** Every file of a training by its path in the work folder. `rows` are the examples as LLaMA-Factory reads them. */
export const filesOf = (request: TrainingRequest, rows: ReadonlyArray<object>): Files => {
  const { settings } = request
  const zeroStage = settings.devices?.zeroStage
  return {
    [`${layout.data}/${layout.examples}`]: `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`,
    [`${layout.data}/${datasetInfoFile}`]: json({ [datasetName]: datasetInfo(request) }),
    [layout.training]: yaml(trainingArguments(request)),
    ...(settings.lora === undefined ? {} : { [layout.export]: yaml(exportArguments(request)) }),
    ...(zeroStage === undefined ? {} : { [layout.deepspeed]: json(deepspeedConfig(zeroStage)) }),
    [layout.guide]: guide(request, commandsOf(request))
  }
}

/** Python reads YAML 1.1, which takes a number such as 1e-8 for a text unless it has a point. */
const yaml = (values: Arguments): string => stringify(values).replace(/^(\w+: -?\d+)e/gm, "$1.0e")

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`

const datasetInfo = ({ objective }: TrainingRequest) => ({
  file_name: layout.examples,
  formatting: "sharegpt",
  ...(objective.kind === "dpo"
    ? { ranking: true, columns: { messages: "conversations", chosen: "chosen", rejected: "rejected" } }
    : { columns: { messages: "conversations" } })
})

/** DeepSpeed refuses to run outside torchrun, which LLaMA-Factory leaves out where there is one device. */
export const environmentOf = ({ settings }: TrainingRequest): Readonly<Record<string, string>> =>
  settings.devices?.zeroStage === undefined ? {} : { FORCE_TORCHRUN: "1" }

/** What is to be run in the work folder, as lines for a shell. */
export const commandsOf = (request: TrainingRequest): ReadonlyArray<string> => {
  const variables = Object.entries(environmentOf(request)).map(([name, value]) => `${name}=${value} `)
  return [
    `${variables.join("")}llamafactory-cli train ${layout.training}`,
    ...(request.settings.lora === undefined ? [] : [`llamafactory-cli export ${layout.export}`])
  ]
}

import { basename, dirname } from "node:path"
import { datasetInfoFile } from "../../../../projections/formats/format.ts"
import type { Files } from "../../../training/external/files.ts"
import { layout as llamaFactory } from "../../../training/llama-factory/layout.ts"
import { layout as verl } from "../../../training/verl/layout.ts"

const known: Readonly<Record<string, string>> = {
  [llamaFactory.training]: "the training, for `llamafactory-cli train`",
  [llamaFactory.export]: "the merging of the adapter into the weights, for `llamafactory-cli export`",
  [llamaFactory.deepspeed]: "DeepSpeed's configuration",
  [llamaFactory.examples]: "what `train.yaml` trains on, with what counts for the loss",
  [datasetInfoFile]: "LLaMA-Factory's columns of the data beside it",
  [llamaFactory.guide]: "more about the files beside it",
  [verl.launch]: "starts the training",
  [verl.agent]: "the search agent of the rollouts: retriever, documents, turns",
  [verl.searchAgent]: "the search agent, in Python",
  [verl.reward]: "the reward of a trajectory, in Python",
  [verl.train]: "the questions, as verl reads them",
  [verl.test]: "the first of them, as verl wants some to validate on"
}

/** Every file of the folder, and what it is. */
export const fileTable = (all: ReadonlyArray<Files>): string => {
  const lines = all.flatMap((files) => Object.keys(files).sort().map(line))
  return `| file | what it is |
| --- | --- |
| \`run.sh\` | all commands, in order |
${lines.map((text) => `${text}\n`).join("")}`
}

const line = (path: string): string => {
  const inDataset = basename(dirname(path)) === "dataset"
  const what = known[basename(path)] ?? (inDataset ? "the dataset, as `smartsearch datasets build` writes it" : "")
  return `| \`${path}\` | ${what} |`
}

import { join } from "node:path"
import type { TrainingRequest } from "../../../events/training.ts"

/** The folder in which LLaMA-Factory runs. */
export const workFolder = ({ output }: Pick<TrainingRequest, "output">): string => join(output, "llama-factory")

/**
 * What lies in that folder, relative to it: LLaMA-Factory starts torchrun with its arguments split at blanks, so that no path
 * given to it may hold one.
 */
export const layout = {
  training: "train.yaml",
  export: "export.yaml",
  deepspeed: "deepspeed.json",
  guide: "README.md",
  data: "data",
  examples: "examples.json",
  /** Its `output_dir`: checkpoints, logs, and what was trained. */
  trained: "trained",
  merged: "merged"
} as const

/** Releases that the files are written for. */
export const versions = "0.9.3 to 0.9.5"

/** What of that folder is the trained policy. */
export const policyIn = ({ settings }: Pick<TrainingRequest, "settings">): string =>
  settings.lora === undefined ? layout.trained : layout.merged

/** The dataset's name in `dataset_info.json`. */
export const datasetName = "smartsearch"

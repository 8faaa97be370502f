import { join } from "node:path"
import type { TrainingRequest } from "../../../events/training.ts"

/** The folder in which verl runs. */
export const workFolder = ({ output }: Pick<TrainingRequest, "output">): string => join(output, "verl")

/** What lies in that folder. */
export const layout = {
  launch: "train.sh",
  guide: "README.md",
  agent: "agent.yaml",
  /** Python modules, which lie beside this one as they are. */
  reward: "reward.py",
  searchAgent: "search_agent.py",
  train: "train.parquet",
  test: "test.parquet",
  checkpoints: "checkpoints"
} as const

/** What of that folder is the trained policy, for people to read: which step was the last, verl knows. */
export const lastPolicy = `${layout.checkpoints}/global_step_N/actor/huggingface`

/** The release that the files are written for. */
export const verlVersion = "0.7.0"

/** The name under which verl knows the agent loop. */
export const agentName = "smartsearch"

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

/** The name under which verl knows the agent loop. */
export const agentName = "smartsearch"

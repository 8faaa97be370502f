import { Result } from "effect"
import { type StageName, stageNames } from "../../../../config/curriculum.ts"
import type { TrainingRequest } from "../../../../events/training.ts"
import { objection } from "../../../training/llama-factory/objection.ts"
import { onlineGrpo } from "../../../training/verl/objective.ts"
import type { ResolvedTraining } from "../../training/trainingSettings.ts"

/** The folder of a stage among those of all stages: `1-sft`. */
export const stagePlace = (stage: StageName): string => `${stageNames.indexOf(stage) + 1}-${stage}`

/** What a stage is trained with. */
export interface StageAsked {
  readonly training: ResolvedTraining
  /** The name under which the policy is known. */
  readonly name: string
  /** What it starts from: a name at a hub, a folder, or a path that begins with `../` at the engine's folder. */
  readonly base: string
  readonly dataset: TrainingRequest["dataset"]
  /** The folder of the stage; absolute. */
  readonly output: string
}

/**
 * The request of a training that is not performed here, for the eyes of an engine only: nobody has seen the base, which the
 * training before may yet have to write.
 */
export const outsideRequest = ({ training, name, base, dataset, output }: StageAsked): TrainingRequest => ({
  trainingId: name,
  objective: training.objective,
  engine: training.engine,
  base: { folder: base, sha256: "unknown" },
  dataset,
  output,
  name,
  settings: training.settings
})

/** Why an engine outside this process can't do what is requested; undefined when it can. */
export const outsideObjection = (request: TrainingRequest): string | undefined => {
  if (request.engine !== "verl") return objection(request)
  const objective = onlineGrpo(request)
  return Result.isFailure(objective) ? objective.failure : undefined
}

import { Effect } from "effect"
import type { Settings } from "../../../../config/settings.ts"
import type { PolicyFolder } from "../../../../events/training.ts"
import { refuse } from "../../training/trainingRefused.ts"
import type { ResolvedTraining } from "../../training/trainingSettings.ts"
import { outsideObjection, outsideRequest } from "./request.ts"

/** The model that the first stage starts from elsewhere: the backbone, or else the policy's folder. */
export const backboneOf = (settings: Settings, policy: PolicyFolder | undefined): string | undefined =>
  settings.training?.backbone ?? policy?.folder

/** Fails unless files can be written from which engines outside this process train. */
export const checkPreparable = Effect.fnUntraced(function* (
  settings: Settings,
  trainings: ReadonlyArray<ResolvedTraining>,
  policy: PolicyFolder | undefined
) {
  const base = backboneOf(settings, policy)
  if (base === undefined) {
    return yield* refuse(
      "training.backbone is left out, and the policy has no folder here: name the model that the first stage starts from, e.g. --set training.backbone=Qwen/Qwen2.5-3B-Instruct"
    )
  }
  const dataset = { file: "examples", format: "jsonl", sha256: "unknown", rows: 1 }
  for (const training of trainings) {
    const { kind } = training.objective
    const problem = outsideObjection(outsideRequest({ training, name: kind, base, dataset, output: kind }))
    if (problem !== undefined) return yield* refuse(`training.${kind}: ${problem}`)
  }
})

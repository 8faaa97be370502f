import { Effect, type FileSystem } from "effect"
import type { Answer, ExampleByObjective, ObjectiveKind } from "../../../actors/trainer/examples.ts"
import { TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import type { DataOf } from "../../../events/registry.ts"
import { digestFile } from "../../files/folderDigest.ts"
import { loadExamples } from "./loadExamples.ts"

/**
 * The examples that a training was requested with. Fails for good when the file is not what it was then, or can't be read: a
 * training that goes on with other examples would be another training.
 */
export const requestedExamples = Effect.fn("requestedExamples")(function* <K extends ObjectiveKind>(
  objective: K,
  { dataset, settings }: Pick<DataOf<"TrainingRequested">, "dataset" | "settings">
): Effect.fn.Return<ReadonlyArray<ExampleByObjective[K]>, TrainingError, FileSystem.FileSystem> {
  const fail = (detail: string) => new TrainingError({ detail, retryable: false })
  const { examples } = yield* Effect.mapError(loadExamples(objective, dataset.file), ({ message }) => fail(message))
  const { sha256 } = yield* Effect.tryPromise({
    try: () => digestFile(dataset.file),
    catch: (cause) => fail(String(cause))
  })
  if (sha256 !== dataset.sha256) {
    return yield* fail(
      `${dataset.file} has changed since the training began (sha256 ${sha256.slice(0, 12)}, then ${dataset.sha256.slice(0, 12)}): put the old one back, or train into another folder`
    )
  }
  return settings.maskResults ? examples : examples.map((example) => unmasked(example))
})

/** The same example with every character in the loss. */
const unmasked = <E extends ExampleByObjective[ObjectiveKind]>(example: E): E => {
  if ("rollouts" in example) return { ...example, rollouts: example.rollouts.map(whole) }
  return "chosen" in example
    ? { ...example, chosen: whole(example.chosen), rejected: whole(example.rejected) }
    : { ...example, ...whole(example) }
}

const whole = <A extends Answer>(answer: A): A => ({ ...answer, loss: [{ start: 0, end: answer.text.length }] })

import { Effect, type FileSystem, Result, Schema } from "effect"
import type { TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import { findingsOf } from "../../../config/issues.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import type { GroupRow } from "../../../projections/datasets/rows.ts"
import { forEachLine } from "../../files/jsonLines.ts"
import { requestedExamples } from "../examples/requestedExamples.ts"
import { refused } from "../external/failures.ts"

/** Of a group of rollouts the question: verl makes rollouts of its own. */
export type AskedQuestion = Pick<GroupRow, "question" | "prompt">

const decodeLine = Schema.decodeUnknownResult(
  Schema.fromJsonString(
    Schema.Struct({
      system: Schema.String,
      user: Schema.NonEmptyString,
      dataset: Schema.NonEmptyString,
      questionId: Schema.NonEmptyString,
      goldenAnswers: Schema.Array(Schema.String).check(Schema.isMinLength(1))
    })
  )
)

/**
 * The questions of the groups that a training was requested with, in the format `jsonl`. Fails with the file and line of the
 * first one without question or gold answers, and when the file has changed.
 */
export const requestedQuestions = Effect.fnUntraced(function* (
  request: TrainingRequest
): Effect.fn.Return<ReadonlyArray<AskedQuestion>, TrainingError, FileSystem.FileSystem> {
  yield* requestedExamples("grpo", request)
  const { file } = request.dataset
  const questions: Array<AskedQuestion> = []
  const take = (line: string, number: number) => {
    const read = decodeLine(line)
    if (Result.isFailure(read)) {
      return Effect.fail(refused(`${file}:${number}: ${findingsOf(read.failure.issue)[0]?.message}`))
    }
    const { dataset, goldenAnswers, questionId: id, system, user } = read.success
    questions.push({ prompt: { system, user }, question: { id, dataset, question: user, goldenAnswers } })
    return Effect.void
  }
  yield* forEachLine(file, take).pipe(Effect.catchTag("PlatformError", (error) => Effect.fail(refused(error.message))))
  return questions
})

import { Schema } from "effect"

/** What a trainer sends: finished trajectories that are to be rewarded. */

const Score = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

const Round = Schema.Struct({
  /** What was retrieved; without it documents are told apart by their text in the solution. */
  document_ids: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Scores that are known already, by scorer; they are not asked for again. */
  scores: Schema.optionalKey(Schema.Record(Schema.String, Score))
})

const Solution = Schema.Struct({
  /** The assistant turn, from `<think>` on, results included. */
  solution: Schema.String,
  golden_answers: Schema.Array(Schema.String).check(Schema.isMinLength(1)),
  /** Only a judge reads it. */
  question: Schema.optionalKey(Schema.NonEmptyString),
  data_source: Schema.optionalKey(Schema.String),
  /** The executed searches, in order. Those that the solution was cut off before are left aside. */
  rounds: Schema.optionalKey(Schema.Array(Round))
})
export type Solution = typeof Solution.Type

/** Solutions of one request at most. */
const mostSolutions = 4096

/** The body of `POST /reward`: one solution, or a list of them. */
export const RewardRequest = Schema.Union([
  Schema.Array(Solution).check(Schema.isMinLength(1), Schema.isMaxLength(mostSolutions)),
  Solution
])

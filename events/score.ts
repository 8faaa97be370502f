import { Schema } from "effect"
import { defineEvent } from "./define.ts"
import { Author, ModelExchange, progress, trajectoryContext, trajectoryIdentity } from "./shapes.ts"

const UnitScore = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** A value from 0 to 1, or no value at all: an unreadable judgement is neither good nor bad. */
const ScoreResult = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("value"), score: UnitScore }),
  Schema.Struct({ kind: Schema.Literal("unparsed") })
])
export type ScoreResult = typeof ScoreResult.Type

export const QueryScored = defineEvent({
  type: "QueryScored",
  version: 1,
  summary: "A scorer judged one query. The first score of a scorer for a query wins.",
  emittedBy: "redundancy-checker, reward-judge, and every scorer that was added",
  schema: Schema.Struct({
    ...trajectoryIdentity,
    round: Schema.Natural,
    queryId: Schema.NonEmptyString,
    query: Schema.String,
    scorer: Author,
    result: ScoreResult,
    explanation: Schema.String,
    /** What the judgement rests on. */
    evidence: Schema.Struct({
      /** Retrieved documents that earlier rounds had already retrieved. */
      overlap: Schema.optionalKey(Schema.Array(Schema.String)),
      /** Gold passages among the documents, and those of them that no earlier round had. */
      gold: Schema.optionalKey(
        Schema.Struct({ retrieved: Schema.Array(Schema.String), fresh: Schema.Array(Schema.String) })
      ),
      exchange: Schema.optionalKey(ModelExchange),
      /** Whatever else the scorer wants to be known. */
      note: Schema.optionalKey(Schema.Json)
    })
  })
})

export const OutcomeScored = defineEvent({
  type: "OutcomeScored",
  version: 1,
  summary: "A finished trajectory's answer was compared with the gold answers, and its format checked.",
  emittedBy: "assessment",
  schema: Schema.Struct({
    ...trajectoryIdentity,
    prediction: Schema.String,
    goldenAnswers: Schema.Array(Schema.String),
    em: UnitScore,
    f1: UnitScore,
    precision: UnitScore,
    recall: UnitScore,
    acc: UnitScore,
    formatOk: Schema.Boolean,
    formatProblem: Schema.optionalKey(Schema.String)
  })
})

export const ScoreOverridden = defineEvent({
  type: "ScoreOverridden",
  version: 1,
  summary: "A person corrected a score. The last correction of a scorer's score for a query wins over the score.",
  emittedBy: "a person, through the command line",
  schema: Schema.Struct({
    trajectoryId: Schema.NonEmptyString,
    round: Schema.Natural,
    queryId: Schema.NonEmptyString,
    scorer: Schema.NonEmptyString,
    score: UnitScore,
    reason: Schema.String,
    by: Schema.NonEmptyString
  })
})

export const TrajectoryAssessed = defineEvent({
  type: "TrajectoryAssessed",
  version: 1,
  summary:
    "All required scores of a trajectory are in: the quality of each query, the reward, and the rounds to refine.",
  emittedBy: "assessment",
  schema: Schema.Struct({
    ...trajectoryContext,
    ...progress,
    assessments: Schema.Array(
      Schema.Struct({
        round: Schema.Natural,
        queryId: Schema.NonEmptyString,
        quality: Schema.Literals(["high", "low", "unparsed"]),
        /** T_t: the explanations of the scorers that judged the query low. */
        feedback: Schema.String,
        /** Ids of the `QueryScored` and `ScoreOverridden` events it rests on. */
        scoreIds: Schema.Array(Schema.String)
      })
    ),
    f1: UnitScore,
    correct: Schema.Boolean,
    nCorrect: Schema.Natural,
    nWrong: Schema.Natural,
    reward: Schema.Finite,
    /** Rounds whose query the refiner shall replace. */
    refine: Schema.Array(Schema.Natural)
  })
})

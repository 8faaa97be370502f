import { Schema } from "effect"
import { defineEvent, field } from "./define.ts"
import { Author, ModelExchange, progress, trajectoryContext, trajectoryIdentity } from "./shapes.ts"

const UnitScore = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

const ScoreResult = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("value"), score: UnitScore }),
  Schema.Struct({ kind: Schema.Literal("unparsed") })
]).annotate({
  identifier: "ScoreResult",
  description: "A value from 0 to 1, or no value at all: an unreadable judgement is neither good nor bad."
})
export type ScoreResult = typeof ScoreResult.Type

const Evidence = Schema.Struct({
  overlap: field(
    Schema.optionalKey(Schema.Array(Schema.String)),
    "Retrieved documents that earlier rounds had already retrieved; their number is O_t."
  ),
  gold: field(
    Schema.optionalKey(Schema.Struct({ retrieved: Schema.Array(Schema.String), fresh: Schema.Array(Schema.String) })),
    "Gold passages among the documents, and those of them that no earlier round had."
  ),
  exchange: field(Schema.optionalKey(ModelExchange), "What a judge model was asked and what it said."),
  note: field(Schema.optionalKey(Schema.Json), "Whatever else the scorer wants to be known.")
}).annotate({ identifier: "ScoreEvidence", description: "What a score rests on." })

export const QueryScored = defineEvent({
  type: "QueryScored",
  version: 1,
  summary: "A scorer judged one query. The first score of a scorer for a query wins.",
  emittedBy: "redundancy-checker, reward-judge, student-judge, and every scorer that was added",
  schema: Schema.Struct({
    ...trajectoryIdentity,
    round: field(Schema.Natural, "The round of the query."),
    queryId: field(Schema.NonEmptyString, "The query that was judged."),
    query: field(Schema.String, "Its words."),
    scorer: field(Author, "Who judged it."),
    result: field(ScoreResult, "The score."),
    explanation: field(Schema.String, "Why, in words that a refiner can act on."),
    evidence: field(Evidence, "What the judgement rests on.")
  })
})

export const OutcomeScored = defineEvent({
  type: "OutcomeScored",
  version: 1,
  summary: "A finished trajectory's answer was compared with the gold answers, and its format checked.",
  emittedBy: "assessment",
  schema: Schema.Struct({
    ...trajectoryIdentity,
    prediction: field(Schema.String, "The answer that the trajectory predicts."),
    goldenAnswers: field(Schema.Array(Schema.String), "The answers it was compared with."),
    em: field(UnitScore, "Exact match after normalisation, 0 or 1."),
    f1: field(UnitScore, "Harmonic mean of token precision and recall."),
    precision: field(UnitScore, "Share of predicted tokens that are right."),
    recall: field(UnitScore, "Share of gold tokens that were found."),
    acc: field(UnitScore, "Whether the prediction contains a gold answer, 0 or 1."),
    formatOk: field(Schema.Boolean, "Whether the transcript keeps to the tag protocol."),
    formatProblem: field(Schema.optionalKey(Schema.String), "What is wrong with it otherwise.")
  })
})

export const ScoreOverridden = defineEvent({
  type: "ScoreOverridden",
  version: 1,
  summary: "A person corrected a score. The last correction of a scorer's score for a query wins over the score.",
  emittedBy: "a person, through the command line",
  schema: Schema.Struct({
    trajectoryId: field(Schema.NonEmptyString, "The trajectory that the person looked at."),
    round: field(Schema.Natural, "The round of the query."),
    queryId: field(Schema.NonEmptyString, "The query whose score is corrected, for every trajectory that shares it."),
    scorer: field(Schema.NonEmptyString, "The scorer's name."),
    score: field(UnitScore, "The score that counts from now on."),
    reason: field(Schema.String, "Why the score was wrong."),
    by: field(Schema.NonEmptyString, "Who corrected it.")
  })
})

const RoundAssessment = Schema.Struct({
  round: field(Schema.Natural, "From 1."),
  queryId: field(Schema.NonEmptyString, "The query."),
  quality: field(Schema.Literals(["high", "low", "unparsed"]), "S_t; `unparsed` when a required score has no value."),
  feedback: field(Schema.String, "T_t: the explanations of the scorers that judged the query low."),
  scoreIds: field(Schema.Array(Schema.String), "The `QueryScored` and `ScoreOverridden` events it rests on.")
}).annotate({ identifier: "RoundAssessment", description: "What the scores of one round add up to." })

export const TrajectoryAssessed = defineEvent({
  type: "TrajectoryAssessed",
  version: 1,
  summary:
    "All required scores of a trajectory are in: the quality of each query, the reward, and the rounds to refine.",
  emittedBy: "assessment",
  schema: Schema.Struct({
    ...trajectoryContext,
    ...progress,
    assessments: field(Schema.Array(RoundAssessment), "What each query turned out to be, round by round."),
    f1: field(UnitScore, "Token F1 of the answer."),
    correct: field(Schema.Boolean, "Whether it reaches the threshold."),
    nCorrect: field(Schema.Natural, "High-quality queries."),
    nWrong: field(Schema.Natural, "Low-quality queries."),
    reward: field(Schema.Finite, "What the trajectory is worth in reinforcement learning."),
    refine: field(Schema.Array(Schema.Natural), "Rounds whose query the refiner shall replace.")
  })
})

import { Schema } from "effect"

/**
 * The values that several events carry. An event is self-contained: whoever handles it looks nothing up, so the question,
 * the settings and the trajectory so far travel with it.
 */

/** A question with its gold answers, and the passages that prove them where its dataset names them. */
export const Question = Schema.Struct({
  /** Unique within `dataset`. */
  id: Schema.NonEmptyString,
  /** The benchmark or file the question came from, e.g. `hotpotqa`. */
  dataset: Schema.NonEmptyString,
  question: Schema.NonEmptyString,
  goldenAnswers: Schema.Array(Schema.String),
  /** Gold evidence: ids of corpus passages, their titles, and the sub-questions that lead to the answer. */
  evidence: Schema.optionalKey(
    Schema.Struct({
      passageIds: Schema.Array(Schema.String),
      titles: Schema.Array(Schema.String),
      subQuestions: Schema.Array(
        Schema.Struct({ question: Schema.String, passageId: Schema.optionalKey(Schema.String) })
      )
    })
  )
})
export type Question = typeof Question.Type

/**
 * How a model draws its tokens.
 *
 * `temperature` 0 means greedy. `stop` strings end the generation; the one that matched is kept at the end of the text.
 */
export const Sampling = Schema.Struct({
  temperature: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  topP: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  maxNewTokens: Schema.Int.check(Schema.isGreaterThan(0)),
  stop: Schema.Array(Schema.String),
  seed: Schema.optionalKey(Schema.Int)
})
export type Sampling = typeof Sampling.Type

/** What a rollout runs with: models and retrievers are named as in the configuration. */
export const RolloutSettings = Schema.Struct({
  policy: Schema.NonEmptyString,
  /** The system message; the user message is the question itself. */
  system: Schema.String,
  sampling: Sampling,
  /** Generations at most, one a turn (10 at inference, 5 in RL). */
  maxTurns: Schema.Int.check(Schema.isGreaterThan(0)),
  /** Tokens of the assistant turn at most, results included (8,192). */
  maxResponseTokens: Schema.Int.check(Schema.isGreaterThan(0)),
  retriever: Schema.NonEmptyString,
  /** Documents retrieved for each query (5). */
  topK: Schema.Int.check(Schema.isGreaterThan(0))
})
export type RolloutSettings = typeof RolloutSettings.Type

/** Where a branch came from: the round of the parent whose query was replaced, and the `QueryRefined` that replaced it. */
export const BranchOrigin = Schema.Struct({
  trajectoryId: Schema.NonEmptyString,
  round: Schema.Int,
  refinementId: Schema.NonEmptyString
})
export type BranchOrigin = typeof BranchOrigin.Type

/** A trajectory's identity and its place in its tree: the same question and sample, cut and regenerated at the rounds of `branch`. */
export const trajectoryIdentity = {
  trajectoryId: Schema.NonEmptyString,
  /** The initial trajectory at the root of the tree; itself for an initial one. */
  rootId: Schema.NonEmptyString,
  /** Counts the initial trajectories of one question, from 0. */
  sample: Schema.Natural,
  /** Rounds replaced on the way from the root; empty for an initial trajectory. */
  branch: Schema.Array(Schema.Natural),
  origin: Schema.optionalKey(BranchOrigin)
} as const

/** One search of a trajectory. Offsets are UTF-16 code units in the transcript. */
export const Round = Schema.Struct({
  /** From 1. */
  round: Schema.Natural,
  /** `<trajectory>:<round>` of the trajectory that issued the query; a branch keeps its parent's id for the rounds they share. */
  queryId: Schema.NonEmptyString,
  query: Schema.String,
  /** `issued` by this trajectory, `inherited` from its parent, or `given` by a prefix from outside (never scored). */
  kind: Schema.Literals(["issued", "inherited", "given"]),
  /** Where the transcript is cut to replace this query: right after its `</search>`. */
  queryEnd: Schema.Natural,
  /** The `<result>…</result>` block that the environment wrote: masked out of every loss. */
  resultStart: Schema.Natural,
  resultEnd: Schema.Natural,
  documentIds: Schema.Array(Schema.String)
})
export type Round = typeof Round.Type

/** One generation of the policy. Offsets are UTF-16 code units in the transcript. */
export const Turn = Schema.Struct({
  start: Schema.Natural,
  end: Schema.Natural,
  /** The name the model's server gives it. */
  model: Schema.String,
  finishReason: Schema.Literals(["stop", "length"]),
  promptTokens: Schema.optionalKey(Schema.Natural),
  completionTokens: Schema.optionalKey(Schema.Natural),
  /** One id and one natural log-probability for each generated token, where the server gives them. */
  tokenIds: Schema.optionalKey(Schema.Array(Schema.Natural)),
  logProbs: Schema.optionalKey(Schema.Array(Schema.Finite))
})
export type Turn = typeof Turn.Type

/** The assistant turn so far, with what the system knows about its parts. */
export const progress = {
  transcript: Schema.String,
  rounds: Schema.Array(Round),
  turns: Schema.Array(Turn)
} as const
export const Progress = Schema.Struct(progress)
export type Progress = typeof Progress.Type

/** What every event of a trajectory says about it. */
export const trajectoryContext = {
  ...trajectoryIdentity,
  question: Question,
  settings: RolloutSettings
} as const
const TrajectoryContext = Schema.Struct(trajectoryContext)
export type TrajectoryContext = typeof TrajectoryContext.Type

export const Document = Schema.Struct({
  id: Schema.String,
  /** `"Title"`, a line break, and the text. */
  contents: Schema.String,
  score: Schema.optionalKey(Schema.Finite)
})
export type Document = typeof Document.Type

/** Who produced a score or a refinement. */
export const Author = Schema.Struct({ name: Schema.NonEmptyString, version: Schema.NonEmptyString })
export type Author = typeof Author.Type

/** The exchange with a model behind a judgement, kept for the audit. */
export const ModelExchange = Schema.Struct({
  model: Schema.String,
  system: Schema.String,
  user: Schema.String,
  /** The raw reply of the last attempt. */
  reply: Schema.String,
  /** Replies asked for, the unreadable ones included. */
  attempts: Schema.Natural,
  latencyMs: Schema.Finite,
  promptTokens: Schema.optionalKey(Schema.Natural),
  completionTokens: Schema.optionalKey(Schema.Natural)
})
export type ModelExchange = typeof ModelExchange.Type

/** How scores become verdicts, verdicts become S_t, and rounds become a reward. Every value can be changed in a replay. */
export const ScoringSettings = Schema.Struct({
  /** How the scorers' verdicts combine into S_t, e.g. `novelty and usefulness`. The scorers it names are the required ones. */
  combine: Schema.NonEmptyString,
  /** K: documents that earlier rounds already retrieved which a novel query may retrieve again (1). */
  novelty: Schema.Struct({ maxOverlap: Schema.Natural }),
  /** Score from which a scorer's verdict is high; 1 for a scorer that is not named. */
  thresholds: Schema.Record(Schema.String, Schema.Finite),
  /** An answer is correct from this token F1 on (0.8). */
  f1: Schema.Struct({ threshold: Schema.Finite }),
  reward: Schema.Struct({
    /** A correct trajectory loses `penalty` for each low-quality query, down to `floor`. */
    penalty: Schema.Finite,
    floor: Schema.Finite,
    /** An incorrect one earns `bonus` for each high-quality query, up to `ceiling`. */
    bonus: Schema.Finite,
    ceiling: Schema.Finite,
    /** Added when the format is right. */
    format: Schema.Finite
  })
})
export type ScoringSettings = typeof ScoringSettings.Type

/** Which low-quality queries are refined. */
export const RefinementSettings = Schema.Struct({
  enabled: Schema.Boolean,
  /** 1: only initial trajectories branch; 2: branches of branches, and so on. */
  maxDepth: Schema.Natural,
  /** Branches of one trajectory at most. */
  maxBranches: Schema.Natural
})
export type RefinementSettings = typeof RefinementSettings.Type

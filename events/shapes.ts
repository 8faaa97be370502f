import { Schema } from "effect"
import { field } from "./define.ts"

/**
 * The values that several events carry. An event is self-contained: whoever handles it looks nothing up, so the question,
 * the settings and the trajectory so far travel with it.
 */

const PositiveInt = Schema.Int.check(Schema.isGreaterThan(0))

const Evidence = Schema.Struct({
  passageIds: field(Schema.Array(Schema.String), "Gold passages by their ids in the corpus."),
  titles: field(Schema.Array(Schema.String), "Titles of the gold passages."),
  subQuestions: field(
    Schema.Array(Schema.Struct({ question: Schema.String, passageId: Schema.optionalKey(Schema.String) })),
    "The steps that lead to the answer, each with the passage that answers it where its dataset names one."
  )
})

export const Question = Schema.Struct({
  id: field(Schema.NonEmptyString, "Unique within `dataset`."),
  dataset: field(Schema.NonEmptyString, "The benchmark or file the question came from, e.g. `hotpotqa`."),
  question: field(Schema.NonEmptyString, "The question itself, as the policy is asked."),
  goldenAnswers: field(Schema.Array(Schema.String), "Accepted answers; a prediction is compared with the closest one."),
  evidence: field(Schema.optionalKey(Evidence), "What proves the answer, where the dataset names it.")
}).annotate({
  identifier: "Question",
  description: "A question with its gold answers, and the passages that prove them where its dataset names them."
})
export type Question = typeof Question.Type

export const Sampling = Schema.Struct({
  temperature: field(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)), "0 means greedy."),
  topP: field(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
    "Tokens are drawn from the likeliest ones that together have this probability."
  ),
  maxNewTokens: field(PositiveInt, "Tokens of one generation at most."),
  stop: field(
    Schema.Array(Schema.String),
    "Strings that end the generation; the one that matched is kept at the end of the text."
  ),
  seed: field(Schema.optionalKey(Schema.Int), "Seed of the draws, for servers that take one.")
}).annotate({ identifier: "Sampling", description: "How a model draws its tokens." })
export type Sampling = typeof Sampling.Type

export const RolloutSettings = Schema.Struct({
  policy: field(Schema.NonEmptyString, "The model's name in the configuration."),
  system: field(Schema.String, "The system message; the user message is the question itself."),
  sampling: field(Sampling, "How the policy draws its tokens."),
  maxTurns: field(PositiveInt, "Generations at most, one a turn (10 at inference, 5 in RL)."),
  maxResponseTokens: field(PositiveInt, "Tokens of the assistant turn at most, results included (8,192)."),
  retriever: field(Schema.NonEmptyString, "The retriever's name."),
  topK: field(PositiveInt, "Documents retrieved for each query (5).")
}).annotate({ identifier: "RolloutSettings", description: "What a trajectory is generated with." })
export type RolloutSettings = typeof RolloutSettings.Type

export const BranchOrigin = Schema.Struct({
  trajectoryId: field(Schema.NonEmptyString, "The parent."),
  round: field(Schema.Int, "The parent's round whose query was replaced."),
  refinementId: field(Schema.NonEmptyString, "Id of the `QueryRefined` that replaced it.")
}).annotate({ identifier: "BranchOrigin", description: "Where a branch came from." })
export type BranchOrigin = typeof BranchOrigin.Type

/** A trajectory's identity and its place in its tree: the same question and sample, cut and regenerated at the rounds of `branch`. */
export const trajectoryIdentity = {
  trajectoryId: field(Schema.NonEmptyString, "The trajectory."),
  rootId: field(
    Schema.NonEmptyString,
    "The initial trajectory at the root of the tree; the trajectory itself when it is an initial one."
  ),
  sample: field(Schema.Natural, "Counts the initial trajectories of one question, from 0."),
  branch: field(
    Schema.Array(Schema.Natural),
    "Rounds replaced on the way from the root; empty for an initial trajectory."
  ),
  origin: field(Schema.optionalKey(BranchOrigin), "Where a branch came from; absent for an initial trajectory.")
} as const

export const Round = Schema.Struct({
  round: field(Schema.Natural, "From 1."),
  queryId: field(
    Schema.NonEmptyString,
    "`<trajectory>:<round>` of the trajectory that issued the query; a branch keeps its parent's id for the rounds they share."
  ),
  query: field(Schema.String, "What was searched for."),
  kind: field(
    Schema.Literals(["issued", "inherited", "given"]),
    "`issued` by this trajectory, `inherited` from its parent, or `given` by a prefix from outside (never scored)."
  ),
  queryEnd: field(Schema.Natural, "Where the transcript is cut to replace this query: right after its `</search>`."),
  resultStart: field(
    Schema.Natural,
    "Where the `<result>…</result>` block begins that the environment wrote: masked out of every loss."
  ),
  resultEnd: field(Schema.Natural, "Where that block ends."),
  documentIds: field(Schema.Array(Schema.String), "What was retrieved, best first.")
}).annotate({
  identifier: "Round",
  description: "One search of a trajectory. Offsets are UTF-16 code units in the transcript."
})
export type Round = typeof Round.Type

export const Turn = Schema.Struct({
  start: field(Schema.Natural, "Where its text begins."),
  end: field(Schema.Natural, "Where its text ends."),
  model: field(Schema.String, "The name the model's server gives it."),
  finishReason: field(Schema.Literals(["stop", "length"]), "`stop`: it ended by itself; `length`: a limit cut it off."),
  promptTokens: field(Schema.optionalKey(Schema.Natural), "Tokens the model read, where the server counts them."),
  completionTokens: field(Schema.optionalKey(Schema.Natural), "Tokens the model wrote, where the server counts them."),
  tokenIds: field(
    Schema.optionalKey(Schema.Array(Schema.Natural)),
    "One id for each generated token, where the server gives them."
  ),
  logProbs: field(
    Schema.optionalKey(Schema.Array(Schema.Finite)),
    "One natural log-probability for each generated token, where the server gives them."
  )
}).annotate({
  identifier: "Turn",
  description: "One generation of the policy. Offsets are UTF-16 code units in the transcript."
})
export type Turn = typeof Turn.Type

/** The assistant turn so far, with what the system knows about its parts. */
export const progress = {
  transcript: field(Schema.String, "The assistant turn so far, results included."),
  rounds: field(Schema.Array(Round), "Its searches, in order."),
  turns: field(Schema.Array(Turn), "Its generations, in order.")
} as const
export const Progress = Schema.Struct(progress).annotate({
  identifier: "Progress",
  description: "The assistant turn so far, with what the system knows about its parts."
})
export type Progress = typeof Progress.Type

/** What every event of a trajectory says about it. */
export const trajectoryContext = {
  ...trajectoryIdentity,
  question: field(Question, "What is asked."),
  settings: field(RolloutSettings, "What the trajectory is generated with.")
} as const
const TrajectoryContext = Schema.Struct(trajectoryContext)
export type TrajectoryContext = typeof TrajectoryContext.Type

export const Document = Schema.Struct({
  id: field(Schema.String, "Its id in the corpus."),
  contents: field(Schema.String, '`"Title"`, a line break, and the text.'),
  score: field(Schema.optionalKey(Schema.Finite), "The retriever's score; only the order of scores means something.")
}).annotate({ identifier: "Document", description: "A passage that a retriever found." })
export type Document = typeof Document.Type

export const RetrieverIdentity = Schema.Struct({
  name: field(Schema.NonEmptyString, "Its name in the settings of a rollout."),
  fingerprint: field(Schema.String, "The same fingerprint means the same documents for the same query.")
}).annotate({ identifier: "RetrieverIdentity", description: "A retriever and what it searches." })

export const Author = Schema.Struct({
  name: field(Schema.NonEmptyString, "Its name; scores of one name replace each other."),
  version: field(Schema.NonEmptyString, "Its version.")
}).annotate({ identifier: "Author", description: "Who produced a score or a refinement." })
export type Author = typeof Author.Type

export const ModelExchange = Schema.Struct({
  model: field(Schema.String, "The name the model's server gives it."),
  system: field(Schema.String, "The system message."),
  user: field(Schema.String, "The user message."),
  reply: field(Schema.String, "The raw reply of the last attempt."),
  attempts: field(Schema.Natural, "Replies asked for, the unreadable ones included."),
  latencyMs: field(Schema.Finite, "Milliseconds from the first request to the last reply."),
  promptTokens: field(Schema.optionalKey(Schema.Natural), "Tokens the model read, where the server counts them."),
  completionTokens: field(Schema.optionalKey(Schema.Natural), "Tokens the model wrote, where the server counts them.")
}).annotate({
  identifier: "ModelExchange",
  description: "The exchange with a model behind a judgement, kept for the audit."
})
export type ModelExchange = typeof ModelExchange.Type

const RewardSettings = Schema.Struct({
  penalty: field(Schema.Finite, "What a correct trajectory loses for each low-quality query."),
  floor: field(Schema.Finite, "What it keeps however many those are, format aside."),
  bonus: field(Schema.Finite, "What an incorrect trajectory earns for each high-quality query."),
  ceiling: field(Schema.Finite, "What it earns at most, format aside."),
  format: field(Schema.Finite, "Added when the format is right.")
})

export const ScoringSettings = Schema.Struct({
  combine: field(
    Schema.NonEmptyString,
    "How the scorers' verdicts combine into S_t, e.g. `novelty and usefulness`. The scorers it names are the required ones."
  ),
  novelty: field(
    Schema.Struct({ maxOverlap: Schema.Natural }),
    "K: documents that earlier rounds already retrieved which a novel query may retrieve again (1)."
  ),
  thresholds: field(
    Schema.Record(Schema.String, Schema.Finite),
    "Score from which a scorer's verdict is high; 1 for a scorer that is not named."
  ),
  f1: field(Schema.Struct({ threshold: Schema.Finite }), "An answer is correct from this token F1 on (0.8)."),
  reward: field(RewardSettings, "The reward of a trajectory.")
}).annotate({
  identifier: "ScoringSettings",
  description:
    "How scores become verdicts, verdicts become S_t, and rounds become a reward. Every value can be changed in a replay."
})
export type ScoringSettings = typeof ScoringSettings.Type

export const RefinementSettings = Schema.Struct({
  enabled: field(Schema.Boolean, "Whether any are."),
  maxDepth: field(Schema.Natural, "1: only initial trajectories branch; 2: branches of branches, and so on."),
  maxBranches: field(Schema.Natural, "Branches of one trajectory at most.")
}).annotate({ identifier: "RefinementSettings", description: "Which low-quality queries are refined." })
export type RefinementSettings = typeof RefinementSettings.Type

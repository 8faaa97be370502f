import { Schema } from "effect"
import { defineEvent, field } from "./define.ts"
import { Document, Progress, progress, RetrieverIdentity, Round, trajectoryContext } from "./shapes.ts"

export const RolloutRequested = defineEvent({
  type: "RolloutRequested",
  version: 1,
  summary: "A trajectory is wanted, from the beginning or from a prefix that ends right after a `</search>`.",
  emittedBy: "the command that starts the run; refiner, for a branch",
  schema: Schema.Struct({
    ...trajectoryContext,
    prefix: field(
      Schema.optionalKey(Progress),
      "The assistant turn to continue: its last query is executed first. Absent to begin a new one."
    )
  })
})

const PendingQuery = Schema.Struct({
  query: field(Schema.String, "What is to be searched for."),
  queryEnd: field(Schema.Natural, "Where its `</search>` ends in the transcript.")
})

const round = {
  round: field(Schema.Natural, "From 1."),
  queryId: field(Schema.NonEmptyString, "`<trajectory>:<round>`."),
  query: field(Schema.String, "What is searched for; may be empty.")
} as const

const pending = field(
  Schema.Array(PendingQuery),
  "Further searches of the same output, executed one after the other before the policy goes on."
)

export const QueryIssued = defineEvent({
  type: "QueryIssued",
  version: 1,
  summary: "The agent asks for a search.",
  emittedBy: "agent-rollout",
  schema: Schema.Struct({
    ...trajectoryContext,
    ...progress,
    ...round,
    queryEnd: field(Schema.Natural, "Where the query's `</search>` ends in the transcript, in UTF-16 code units."),
    pending
  })
})

export const DocumentsRetrieved = defineEvent({
  type: "DocumentsRetrieved",
  version: 1,
  summary: "A query was executed. Carries all that a scorer needs: question, gold answers, transcript, documents.",
  emittedBy: "retrieval",
  schema: Schema.Struct({
    ...trajectoryContext,
    ...progress,
    transcript: field(Schema.String, "The assistant turn up to and including this round's results."),
    rounds: field(Schema.Array(Round), "Its searches, in order; the last one is this one."),
    ...round,
    documents: field(Schema.Array(Document), "What was found, best first."),
    earlierDocumentIds: field(
      Schema.Array(Schema.String),
      "Distinct ids that earlier rounds of the trajectory retrieved, oldest first."
    ),
    retriever: field(RetrieverIdentity, "What searched."),
    latencyMs: field(Schema.Finite, "Milliseconds that the search took."),
    pending
  })
})

export const TrajectoryCompleted = defineEvent({
  type: "TrajectoryCompleted",
  version: 1,
  summary: "A trajectory came to its end, with or without an answer.",
  emittedBy: "agent-rollout",
  schema: Schema.Struct({
    ...trajectoryContext,
    ...progress,
    answer: field(Schema.String, "Content of the last `\\boxed{…}` of the last `<answer>`; empty when there is none."),
    finishReason: field(
      Schema.Literals(["end", "max-turns", "max-tokens"]),
      "`end`: the policy stopped searching; `max-turns`, `max-tokens`: a limit cut it off."
    )
  })
})

export const TrajectoryFailed = defineEvent({
  type: "TrajectoryFailed",
  version: 1,
  summary: "A trajectory can't go on: its model refused the request for good.",
  emittedBy: "agent-rollout",
  schema: Schema.Struct({
    ...trajectoryContext,
    ...progress,
    reason: field(Schema.String, "The kind of failure, e.g. `rejected`."),
    detail: field(Schema.String, "What went wrong, for a person to read.")
  })
})

import { Schema } from "effect"
import { defineEvent } from "./define.ts"
import { Document, Progress, progress, trajectoryContext } from "./shapes.ts"

export const RolloutRequested = defineEvent({
  type: "RolloutRequested",
  version: 1,
  summary: "A trajectory is wanted, from the beginning or from a prefix that ends right after a `</search>`.",
  emittedBy: "the command that starts the run; refiner, for a branch",
  schema: Schema.Struct({
    ...trajectoryContext,
    /** The assistant turn to continue: its last query is executed first. */
    prefix: Schema.optionalKey(Progress)
  })
})

export const QueryIssued = defineEvent({
  type: "QueryIssued",
  version: 1,
  summary: "The agent asks for a search.",
  emittedBy: "agent-rollout",
  schema: Schema.Struct({
    ...trajectoryContext,
    ...progress,
    round: Schema.Natural,
    queryId: Schema.NonEmptyString,
    query: Schema.String,
    queryEnd: Schema.Natural,
    /** Further searches of the same output, executed one after the other before the policy goes on. */
    pending: Schema.Array(Schema.Struct({ query: Schema.String, queryEnd: Schema.Natural }))
  })
})

export const DocumentsRetrieved = defineEvent({
  type: "DocumentsRetrieved",
  version: 1,
  summary: "A query was executed. Carries all that a scorer needs: question, gold answers, transcript, documents.",
  emittedBy: "retrieval",
  schema: Schema.Struct({
    ...trajectoryContext,
    /** Up to and including this round's results; the last of `rounds` is this one. */
    ...progress,
    round: Schema.Natural,
    queryId: Schema.NonEmptyString,
    query: Schema.String,
    documents: Schema.Array(Document),
    /** Distinct ids that earlier rounds of the trajectory retrieved, oldest first. */
    earlierDocumentIds: Schema.Array(Schema.String),
    retriever: Schema.Struct({ name: Schema.NonEmptyString, fingerprint: Schema.String }),
    latencyMs: Schema.Finite,
    pending: Schema.Array(Schema.Struct({ query: Schema.String, queryEnd: Schema.Natural }))
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
    /** Content of the last `\boxed{…}` of the last `<answer>`; empty when there is none. */
    answer: Schema.String,
    /** `end`: the policy stopped searching; `max-turns`, `max-tokens`: a limit cut it off. */
    finishReason: Schema.Literals(["end", "max-turns", "max-tokens"])
  })
})

export const TrajectoryFailed = defineEvent({
  type: "TrajectoryFailed",
  version: 1,
  summary: "A trajectory can't go on: its model refused the request for good.",
  emittedBy: "agent-rollout",
  schema: Schema.Struct({ ...trajectoryContext, ...progress, reason: Schema.String, detail: Schema.String })
})

import { Schema } from "effect"
import { defineEvent } from "./define.ts"
import { Author, ModelExchange, trajectoryIdentity } from "./shapes.ts"

const refinement = {
  ...trajectoryIdentity,
  round: Schema.Natural,
  queryId: Schema.NonEmptyString,
  /** The query that was judged low, and why. */
  original: Schema.String,
  feedback: Schema.String,
  refiner: Author,
  exchange: Schema.optionalKey(ModelExchange)
} as const

export const QueryRefined = defineEvent({
  type: "QueryRefined",
  version: 1,
  summary: "A low-quality query was rewritten; a `RolloutRequested` for the branch follows it.",
  emittedBy: "refiner",
  schema: Schema.Struct({
    ...refinement,
    refined: Schema.NonEmptyString,
    explanation: Schema.String,
    /** The trajectory that goes on with the refined query. */
    branchTrajectoryId: Schema.NonEmptyString
  })
})

export const RefinementFailed = defineEvent({
  type: "RefinementFailed",
  version: 1,
  summary: "No better query was found: the reply was unreadable, or the query came back as it was. No branch follows.",
  emittedBy: "refiner",
  schema: Schema.Struct({ ...refinement, reason: Schema.Literals(["unparsed", "unchanged"]) })
})

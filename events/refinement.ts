import { Schema } from "effect"
import { defineEvent, field } from "./define.ts"
import { Author, ModelExchange, trajectoryIdentity } from "./shapes.ts"

const refinement = {
  ...trajectoryIdentity,
  round: field(Schema.Natural, "The round whose query was judged low."),
  queryId: field(Schema.NonEmptyString, "That query."),
  original: field(Schema.String, "Its words."),
  feedback: field(Schema.String, "T_t: why it was judged low."),
  refiner: field(Author, "Who looked for a better one."),
  exchange: field(Schema.optionalKey(ModelExchange), "What was asked of a model and what it said; absent without one.")
} as const

export const QueryRefined = defineEvent({
  type: "QueryRefined",
  version: 1,
  summary: "A low-quality query was rewritten; a `RolloutRequested` for the branch follows it.",
  emittedBy: "refiner",
  schema: Schema.Struct({
    ...refinement,
    refined: field(Schema.NonEmptyString, "The better query."),
    explanation: field(Schema.String, "What was changed and why."),
    branchTrajectoryId: field(Schema.NonEmptyString, "The trajectory that goes on with the refined query.")
  })
})

export const RefinementFailed = defineEvent({
  type: "RefinementFailed",
  version: 1,
  summary: "No better query was found: the reply was unreadable, or the query came back as it was. No branch follows.",
  emittedBy: "refiner",
  schema: Schema.Struct({
    ...refinement,
    reason: field(
      Schema.Literals(["unparsed", "unchanged"]),
      "`unparsed`: no query could be read from the reply; `unchanged`: it was the query that was to be replaced."
    )
  })
})

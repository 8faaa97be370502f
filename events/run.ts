import { Schema } from "effect"
import { defineEvent, field } from "./define.ts"
import { RefinementSettings, RetrieverIdentity, ScoringSettings } from "./shapes.ts"

const QuestionFile = Schema.Struct({
  dataset: field(Schema.NonEmptyString, "The name that the run gives it."),
  count: field(Schema.Natural, "Questions taken from it."),
  sha256: field(Schema.String, "Of the file.")
})

export const RunStarted = defineEvent({
  type: "RunStarted",
  version: 1,
  summary: "A run began: what it asks, with which settings, and how many trajectories it will start with.",
  emittedBy: "the command that starts the run",
  schema: Schema.Struct({
    rollouts: field(Schema.Natural, "Initial rollouts that the run requests: questions × samples."),
    questions: field(Schema.Array(QuestionFile), "The files of questions."),
    retriever: field(RetrieverIdentity, "What searches."),
    scoring: field(ScoringSettings, "How queries and trajectories are scored."),
    refinement: field(RefinementSettings, "Which low-quality queries are refined."),
    config: field(Schema.Json, "The whole effective configuration, without secrets, for whoever wants to know later."),
    configHash: field(
      Schema.NonEmptyString,
      "sha256 of the settings that decide the run's events: a run is resumed only with the same ones."
    ),
    software: field(
      Schema.Struct({ version: Schema.String, node: Schema.String }),
      "Versions of this system and of Node."
    )
  })
})

export const RunCompleted = defineEvent({
  type: "RunCompleted",
  version: 1,
  summary: "Every trajectory of the run is settled: assessed, failed, or parked at an actor.",
  emittedBy: "run-monitor",
  schema: Schema.Struct({
    trajectories: field(Schema.Natural, "All of them, branches included."),
    branches: field(Schema.Natural, "Those that grew from a refined query."),
    failed: field(Schema.Natural, "Those that could not go on."),
    parked: field(Schema.Natural, "Those with an event among the dead letters.")
  })
})

export const RunFailed = defineEvent({
  type: "RunFailed",
  version: 1,
  summary: "The run was given up; its trajectories so far stay in the log.",
  emittedBy: "run abandon",
  schema: Schema.Struct({ reason: field(Schema.String, "Why, for a person to read.") })
})

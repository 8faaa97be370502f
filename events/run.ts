import { Schema } from "effect"
import { defineEvent } from "./define.ts"
import { RefinementSettings, ScoringSettings } from "./shapes.ts"

export const RunStarted = defineEvent({
  type: "RunStarted",
  version: 1,
  summary: "A run began: what it asks, with which settings, and how many trajectories it will start with.",
  emittedBy: "the command that starts the run",
  schema: Schema.Struct({
    /** Initial rollouts that the run requests: questions × samples. */
    rollouts: Schema.Natural,
    questions: Schema.Array(
      Schema.Struct({ dataset: Schema.NonEmptyString, count: Schema.Natural, sha256: Schema.String })
    ),
    /** The retriever's name and the fingerprint of what it searches. */
    retriever: Schema.Struct({ name: Schema.NonEmptyString, fingerprint: Schema.String }),
    scoring: ScoringSettings,
    refinement: RefinementSettings,
    /** The whole effective configuration, without secrets, for whoever wants to know later. */
    config: Schema.Json,
    /** sha256 of the settings above: a run is resumed only with the same ones. */
    configHash: Schema.NonEmptyString,
    software: Schema.Struct({ version: Schema.String, node: Schema.String })
  })
})

export const RunCompleted = defineEvent({
  type: "RunCompleted",
  version: 1,
  summary: "Every trajectory of the run is settled: assessed, failed, or parked at an actor.",
  emittedBy: "run-monitor",
  schema: Schema.Struct({
    trajectories: Schema.Natural,
    branches: Schema.Natural,
    failed: Schema.Natural,
    parked: Schema.Natural
  })
})

export const RunFailed = defineEvent({
  type: "RunFailed",
  version: 1,
  summary: "The run was given up; its trajectories so far stay in the log.",
  emittedBy: "the command that ran it",
  schema: Schema.Struct({ reason: Schema.String })
})

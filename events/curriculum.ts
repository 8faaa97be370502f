import { Schema } from "effect"
import { defineEvent, field } from "./define.ts"
import { PolicyFolder } from "./training.ts"

/** The three-stage curriculum: which steps it has, which one is due, and what it ended with. */

export const CurriculumStage = Schema.Literals(["base", "student", "sft", "dpo", "grpo"]).annotate({
  identifier: "CurriculumStage",
  description:
    "`base`: before any training; `student`: a small judge and refiner learns from the configured ones; `sft`: imitation; `dpo`: alignment; `grpo`: generalization."
})
export type CurriculumStage = typeof CurriculumStage.Type

const stepFields = {
  id: field(Schema.NonEmptyString, "Unique in the curriculum, e.g. `dpo-rollout`."),
  stage: field(CurriculumStage, "The stage it belongs to."),
  round: field(Schema.Natural, "Which round of rollouts and training in its stage, from 1; 0 for an evaluation.")
} as const

const runId = field(Schema.NonEmptyString, "The run that the policy performs.")

export const CurriculumStep = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal("evaluation"),
    ...stepFields,
    runId,
    set: field(Schema.NonEmptyString, "Name of the held-out questions.")
  }),
  Schema.Struct({ kind: Schema.Literal("agreement"), ...stepFields, runId }),
  Schema.Struct({ kind: Schema.Literal("rollout"), ...stepFields, runId }),
  Schema.Struct({
    kind: Schema.Literal("dataset"),
    ...stepFields,
    runId: field(Schema.NonEmptyString, "The run that is folded."),
    dataset: field(Schema.Literals(["sft", "dpo", "rl", "student"]), "What it is folded into."),
    location: field(Schema.NonEmptyString, "The folder the dataset is written to; absolute.")
  }),
  Schema.Struct({
    kind: Schema.Literal("training"),
    ...stepFields,
    objective: field(Schema.Literals(["sft", "dpo", "grpo"]), "What is learnt."),
    data: field(Schema.NonEmptyString, "The folder of the dataset; absolute."),
    output: field(Schema.NonEmptyString, "The folder of all that the training writes; absolute."),
    policyName: field(Schema.NonEmptyString, "The name under which the trained policy is published.")
  })
]).annotate({
  identifier: "CurriculumStep",
  description:
    "`evaluation`: held-out questions, greedily, without branches; `agreement`: held-out rounds that teacher and student both judge; `rollout`: trajectories to learn from; `dataset`: those folded into examples; `training`: the policy learns from these."
})
export type CurriculumStep = typeof CurriculumStep.Type

export const CurriculumStarted = defineEvent({
  type: "CurriculumStarted",
  version: 1,
  summary: "A curriculum began: which policy it starts with, by which settings, and all of its steps in order.",
  emittedBy: "run curriculum",
  schema: Schema.Struct({
    policy: field(
      Schema.optionalKey(PolicyFolder),
      "The policy before any training; absent for one that a server keeps."
    ),
    steps: field(
      Schema.Array(CurriculumStep),
      "Its steps. A training without a single example is passed over, and the policy stays as it is."
    ),
    config: field(Schema.Json, "The whole effective configuration, without secrets."),
    configHash: field(
      Schema.NonEmptyString,
      "sha256 of all that decides its events: a curriculum is gone on with only with the same."
    ),
    software: field(
      Schema.Struct({ version: Schema.String, node: Schema.String }),
      "Versions of this system and of Node."
    )
  })
})

export const CurriculumStepRequested = defineEvent({
  type: "CurriculumStepRequested",
  version: 1,
  summary: "All steps before this one are done: it is due.",
  emittedBy: "curriculum",
  schema: Schema.Struct({
    step: field(CurriculumStep, "What is to be done."),
    policy: field(Schema.optionalKey(PolicyFolder), "The policy that is in force; absent while a server keeps it."),
    reference: field(
      Schema.optionalKey(PolicyFolder),
      "The policy that the stage began with: what its trainings compare with."
    ),
    student: field(
      Schema.optionalKey(PolicyFolder),
      "The student that judges and refines from its own stage on; absent where the configured ones do."
    )
  })
})

export const CurriculumCompleted = defineEvent({
  type: "CurriculumCompleted",
  version: 1,
  summary: "Every step of a curriculum is done.",
  emittedBy: "curriculum",
  schema: Schema.Struct({
    policies: field(
      Schema.Array(Schema.Struct({ stage: CurriculumStage, policy: PolicyFolder })),
      "The policy that each stage ended with, in their order; of the stage `student` the student."
    )
  })
})

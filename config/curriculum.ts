import { Schema } from "effect"
import { optional, withDefault } from "./keys.ts"
import { QuestionSource } from "./rollout.ts"
import { FilePath, Flag, NonNegative, PositiveInt, UnitInterval } from "./scalars.ts"

/** How a policy goes through imitation, alignment and generalization (paper, section on the three-stage curriculum). */

const sampled = (samples: number) => ({
  questions: optional(
    PositiveInt,
    "Questions of each round, drawn with `run.seed` from all sources evenly; every question when left out."
  ),
  samples: withDefault(PositiveInt, samples, "Initial trajectories of each question."),
  temperature: withDefault(NonNegative, 1, "Temperature of the rollouts."),
  topP: withDefault(UnitInterval, 0.99, "Draw from the likeliest tokens that together have this probability.")
})

const processReward = withDefault(
  Flag,
  true,
  "Whether queries count. Without them a stage looks at outcomes alone: sft imitates every correct trajectory, dpo takes every query for a low-quality one, grpo rewards nothing but answer and format."
)

const refinement = withDefault(
  Flag,
  true,
  "Whether low-quality queries are refined and the rest regenerated. Without it, dpo prefers among the samples of a question, and grpo compares samples only."
)

const EvaluationSet = Schema.Struct({
  ...QuestionSource.fields,
  corpus: optional(FilePath, "Passages that are searched instead of the run's own, with the same retriever.")
})
export type EvaluationSet = typeof EvaluationSet.Type

/** Rounds that a stage may have: each draws with seeds of its own. */
export const mostRounds = 1000

export const stageNames = ["sft", "dpo", "grpo"] as const
export type StageName = (typeof stageNames)[number]

export const CurriculumSettings = Schema.Struct({
  judge: withDefault(
    Schema.Literals(["configured", "student"]),
    "configured",
    "Who judges and refines in the stages. `student`: a copy of the policy that first learns both from the configured judge and refiner, its teachers; evaluations stay with the teacher."
  ),
  student: withDefault(
    Schema.Struct({ ...sampled(1) }),
    {},
    "What the student learns from: rollouts of the base policy that the teachers judged and refined."
  ),
  stages: withDefault(
    Schema.NonEmptyArray(Schema.Literals(stageNames)),
    stageNames,
    "Which stages there are, in their order."
  ),
  sft: withDefault(
    Schema.Struct({ ...sampled(4), processReward }),
    {},
    "Stage 1, imitation: what is sampled from the base policy."
  ),
  dpo: withDefault(
    Schema.Struct({ ...sampled(1), processReward, refinement }),
    {},
    "Stage 2, alignment: what is sampled from the imitating policy, and branches."
  ),
  grpo: withDefault(
    Schema.Struct({
      rounds: withDefault(
        PositiveInt.check(Schema.isLessThanOrEqualTo(mostRounds, { expected: `at most ${mostRounds}` })),
        1,
        "Rounds of rollouts and training. The rollouts of each round are the policy's own, as it was trained in the round before."
      ),
      ...sampled(8),
      processReward,
      refinement
    }),
    {},
    "Stage 3, generalization: rollouts and the training on them, round by round."
  ),
  evaluation: withDefault(
    Schema.Array(EvaluationSet),
    [],
    "Held-out questions that the policy is asked before the first stage and after each one: greedily and without branches."
  )
})
export type CurriculumSettings = typeof CurriculumSettings.Type

/** All defaults. */
export const defaultCurriculum: CurriculumSettings = Schema.decodeUnknownSync(CurriculumSettings)({})

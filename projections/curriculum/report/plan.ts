/** The stages in which the policy learns. */
export type LearningStage = "sft" | "dpo" | "grpo"

/** What the configuration asks of a stage. */
export interface StagePlan {
  readonly stage: LearningStage
  /** Rounds of rollouts and training. */
  readonly rounds: number
  /** Questions of a round; every one when absent. */
  readonly questions?: number
  /** Initial trajectories of a question. */
  readonly samples: number
  readonly temperature: number
  readonly processReward: boolean
  /** Absent for a stage that never refines. */
  readonly refinement?: boolean
  /** How a DPO dataset makes its pairs. */
  readonly pairing?: string
  /** Rollouts of one question that GRPO compares. */
  readonly groupSize?: number
}

/** What a curriculum was asked for with, as far as a reader of its report wants to know. */
export interface CurriculumPlanned {
  readonly seed: number
  readonly retriever: string
  readonly topK: number
  readonly judge: string
  readonly refiner: string
  readonly stages: ReadonlyArray<StagePlan>
}

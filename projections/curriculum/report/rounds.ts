import type { CurriculumStage, CurriculumStep } from "../../../events/curriculum.ts"
import type { PopulationMeasures } from "../../evaluation/evaluate.ts"
import type { TrainingRow } from "../../training/training.ts"
import { type BuiltRows, builtKey } from "./built.ts"

/** The figures of a run that the policy learns from. */
export interface RolloutFigures {
  /** Questions that were asked. */
  readonly questions: number
  readonly measures: PopulationMeasures
}

/** One round of rollouts, and what was learnt from them; what is absent has not happened. */
export interface LearningRound {
  readonly stage: CurriculumStage
  /** From 1. */
  readonly round: number
  /** How many rounds the stage has. */
  readonly of: number
  readonly rollouts?: RolloutFigures
  readonly dataset?: { readonly kind: string; readonly rows: number }
  readonly training?: TrainingRow
}

/** What rounds are told from. */
export interface RoundSources {
  readonly figuresOf: (runId: string) => RolloutFigures | undefined
  readonly built: BuiltRows
  /** Trainings of the curriculum. */
  readonly trainings: ReadonlyArray<TrainingRow>
}

/** The rounds of a curriculum in the order of its steps, as far as the log tells of them. */
export const learningRounds = (
  steps: ReadonlyArray<CurriculumStep>,
  sources: RoundSources
): ReadonlyArray<LearningRound> => {
  const learning = steps.filter(({ round }) => round > 0)
  const rounds = [...Map.groupBy(learning, ({ stage, round }) => `${stage} ${round}`).values()]
  return rounds.flatMap((ofRound) => {
    const [first] = ofRound
    if (first === undefined) return []
    const { stage, round } = first
    const of = Math.max(...learning.filter((step) => step.stage === stage).map((step) => step.round))
    return [{ stage, round, of, ...told(ofRound, sources) }]
  })
}

const told = (
  steps: ReadonlyArray<CurriculumStep>,
  { figuresOf, built, trainings }: RoundSources
): Omit<LearningRound, "stage" | "round" | "of"> => {
  const rollout = steps.find((step) => step.kind === "rollout")
  const folded = steps.find((step) => step.kind === "dataset")
  const trained = steps.find((step) => step.kind === "training")
  const rollouts = rollout && figuresOf(rollout.runId)
  const rows = folded && built.get(builtKey({ ...folded, kind: folded.dataset }))
  const training = trained && trainingOf(trained, trainings)
  return {
    ...(rollouts === undefined ? {} : { rollouts }),
    ...(folded === undefined || rows === undefined ? {} : { dataset: { kind: folded.dataset, rows } }),
    ...(training === undefined ? {} : { training })
  }
}

/** The training of a step: one that succeeded, where there are several of its name. */
const trainingOf = (
  { policyName }: Extract<CurriculumStep, { readonly kind: "training" }>,
  trainings: ReadonlyArray<TrainingRow>
): TrainingRow | undefined => {
  const named = trainings.filter(({ request }) => request?.name === policyName)
  return named.find(({ end }) => end?.kind === "completed") ?? named.at(-1)
}

/** A round with the name of its stage, and its number where the stage has several. */
export const roundTitle = (title: string, { of, round }: Pick<LearningRound, "of" | "round">): string =>
  of > 1 ? `${title} ${round}` : title

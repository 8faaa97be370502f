import type { CurriculumStep } from "../../../events/curriculum.ts"
import type { DataOf } from "../../../events/registry.ts"
import type { RunEvaluation } from "../../evaluation/evaluate.ts"
import type { EvaluationRow } from "../../evaluation/row.ts"
import type { TrainingRow } from "../../training/training.ts"
import type { CurriculumReport } from "../report.ts"
import { stageResults } from "../stages.ts"
import type { BuiltRows } from "./built.ts"
import { pickQuestion, type QuestionChoice } from "./pickQuestion.ts"
import type { CurriculumPlanned } from "./plan.ts"
import { type CurriculumRecord, isPolicyStage } from "./record.ts"
import { learningRounds, type RolloutFigures } from "./rounds.ts"

/** A run of a curriculum, evaluated. */
export interface EvaluatedStep {
  /** Undefined: no trajectory of it has ended. */
  readonly figures: RunEvaluation | undefined
  readonly rows: ReadonlyArray<EvaluationRow>
  /** What it was started with. */
  readonly started: DataOf<"RunStarted"> | undefined
}

/** What was read of a curriculum. */
export interface ReportSources {
  readonly record: CurriculumRecord
  readonly planned?: CurriculumPlanned
  /** Evaluations and rollouts by their run. */
  readonly runs: ReadonlyMap<string, EvaluatedStep>
  readonly built: BuiltRows
  readonly trainings: ReadonlyArray<TrainingRow>
}

/** The report of a curriculum, without a question to follow. */
export const assembleReport = ({ built, planned, record, runs, trainings }: ReportSources): CurriculumReport => {
  const { steps } = record.started
  const results = stageResults(steps, (runId) => runs.get(runId)?.figures?.overall.initial)
  return {
    record,
    ...(planned === undefined ? {} : { planned }),
    results: results.filter(({ stage }) => isPolicyStage(stage)),
    rounds: learningRounds(steps, { figuresOf: (runId) => figuresOf(runs.get(runId)), built, trainings })
  }
}

const figuresOf = (run: EvaluatedStep | undefined): RolloutFigures | undefined =>
  run?.figures && {
    questions: run.started?.questions.reduce((sum, { count }) => sum + count, 0) ?? 0,
    measures: run.figures.overall
  }

/** The question to follow through the stages. */
export const chooseQuestion = (
  steps: ReadonlyArray<CurriculumStep>,
  runs: ReadonlyMap<string, EvaluatedStep>
): QuestionChoice | undefined =>
  pickQuestion(
    steps.flatMap((step) =>
      step.kind === "evaluation" && isPolicyStage(step.stage)
        ? [{ stage: step.stage, set: step.set, runId: step.runId, rows: runs.get(step.runId)?.rows ?? [] }]
        : []
    )
  )

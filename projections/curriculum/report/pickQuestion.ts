import type { CurriculumStage } from "../../../events/curriculum.ts"
import { isCompleted, isInitial } from "../../evaluation/evaluate.ts"
import type { CompletedRow, EvaluationRow } from "../../evaluation/row.ts"
import { compareText } from "../../history/order.ts"

/** What a policy answered on one set of held-out questions after a stage. */
export interface StageAnswers {
  readonly stage: CurriculumStage
  readonly set: string
  readonly runId: string
  readonly rows: ReadonlyArray<EvaluationRow>
}

/** A question to follow through the stages, and the runs that asked it. */
export interface QuestionChoice {
  readonly set: string
  readonly dataset: string
  readonly questionId: string
  readonly asked: ReadonlyArray<{ readonly stage: CurriculumStage; readonly runId: string }>
}

/**
 * The question that best shows what was learnt: one that the base policy answered wrongly and the last policy rightly; undefined
 * when there is none.
 *
 * One with a low-quality query at first comes before any other, then one whose queries are all of high quality in the end, then
 * the one with more searches in the end, then the order of the sets, then that of the ids.
 */
export const pickQuestion = (answers: ReadonlyArray<StageAnswers>): QuestionChoice | undefined => {
  const sets = [...Map.groupBy(answers, ({ set }) => set).values()]
  const [best] = sets
    .flatMap((ofSet, order) => candidatesOf(ofSet).map((candidate) => ({ ...candidate, order })))
    .sort(
      (left, right) =>
        right.wasBad - left.wasBad ||
        right.isPerfect - left.isPerfect ||
        right.searches - left.searches ||
        left.order - right.order ||
        compareText(left.choice.questionId, right.choice.questionId)
    )
  return best?.choice
}

/** A question with what it is chosen by: 1 for yes, 0 for no. */
interface Candidate {
  readonly choice: QuestionChoice
  readonly wasBad: number
  readonly isPerfect: number
  readonly searches: number
}

const candidatesOf = (answers: ReadonlyArray<StageAnswers>): ReadonlyArray<Candidate> => {
  const answered = answers.map(({ rows, ...stage }) => ({ ...stage, rows: firstAnswers(rows) }))
  const [base, last] = [answered[0], answered.findLast(({ rows }) => rows.size > 0)]
  if (base?.stage !== "base" || last === undefined || last === base) return []
  return [...base.rows].flatMap(([key, before]): ReadonlyArray<Candidate> => {
    const after = last.rows.get(key)
    if (after === undefined || before.em > 0 || after.em < 1) return []
    const asked = answered.flatMap(({ rows, runId, stage }) => (rows.has(key) ? [{ stage, runId }] : []))
    return [
      {
        choice: { set: base.set, dataset: before.dataset, questionId: before.questionId, asked },
        wasBad: Number(before.rounds.some(isLow)),
        isPerfect: Number(after.rounds.length > 0 && after.rounds.every(({ quality }) => quality === "high")),
        searches: after.searches
      }
    ]
  })
}

const isLow = ({ quality }: CompletedRow["rounds"][number]): boolean => quality === "low"

/** The first initial trajectory of each question. */
const firstAnswers = (rows: ReadonlyArray<EvaluationRow>): ReadonlyMap<string, CompletedRow> => {
  const first = new Map<string, CompletedRow>()
  for (const row of rows) {
    const key = `${row.dataset}\n${row.questionId}`
    if (isCompleted(row) && isInitial(row) && !first.has(key)) first.set(key, row)
  }
  return first
}

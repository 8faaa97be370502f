import { type ScoringRules, verdictOf } from "../../method/assess.ts"
import type { Verdict } from "../../method/combination.ts"
import { scoreThatCounts } from "../history/assessment.ts"
import { evolveHistory, historyEvents, sharedHistoryEvents } from "../history/fold.ts"
import { emptyHistory, type History, type ScorerRecord } from "../history/history.ts"
import { mergeInto } from "../history/merge.ts"
import { rulesOfRun } from "../history/rules.ts"
import { type AskedQuestion, keyOf, questionsOf, trajectoriesOf } from "../history/trees.ts"
import type { Projection } from "../projection.ts"
import type { AgreementRow } from "./row.ts"

/** Names of the scorers that are compared. */
export interface ComparedScorers {
  readonly teacher: string
  readonly student: string
}

export interface AgreementConfig extends ComparedScorers {
  /** Only this run; every run of the log when absent. */
  readonly runId?: string
}

/**
 * How two scorers judged the same queries (paper, agreement of student and teacher): one row for each query that a completed
 * trajectory issued and that at least one of the two scored. What makes a score high are the rules of its run.
 */
export const agreement: Projection<History, AgreementConfig, AgreementRow> = {
  name: "agreement",
  version: 1,
  consumes: historyEvents,
  shared: sharedHistoryEvents,
  init: emptyHistory,
  evolve: evolveHistory,
  absorb: mergeInto,
  rows: (history, { runId, ...scorers }) =>
    questionsOf(history)
      .filter((question) => runId === undefined || question.runId === runId)
      .flatMap((question) => rowsOf(question, scorers, rulesOfRun(history, question.runId)))
}

const rowsOf = (
  question: AskedQuestion,
  { student, teacher }: ComparedScorers,
  rules: ScoringRules
): ReadonlyArray<AgreementRow> =>
  trajectoriesOf(question).flatMap((trajectory) =>
    trajectory.rounds
      .filter(({ kind }) => kind === "issued")
      .map(({ round, queryId, query }) => {
        const records = question.scores.get(queryId)
        const verdict = (scorer: string, record: ScorerRecord | undefined): Verdict =>
          verdictOf(scorer, record && scoreThatCounts(record), rules)
        return {
          ...keyOf(question, trajectory),
          round,
          queryId,
          query,
          teacher: verdict(teacher, records?.get(teacher)),
          student: verdict(student, uncorrected(records?.get(student)))
        }
      })
      .filter((row) => row.teacher !== "unscored" || row.student !== "unscored")
  )

const uncorrected = (record: ScorerRecord | undefined): ScorerRecord | undefined =>
  record && { score: record.score, overrides: [] }

import type { Verdict } from "../../method/combination.ts"
import { type Field, renderFields } from "../text/fields.ts"
import { isCompleted } from "./evaluate.ts"
import { decimal } from "./format.ts"
import type { CompletedRow, EvaluationRow, RoundRow } from "./row.ts"

/** A query of low quality, why it is one, and what it became. */
export interface RefinementExample {
  readonly runId: string
  readonly dataset: string
  readonly questionId: string
  readonly question: string
  readonly goldenAnswers: ReadonlyArray<string>
  readonly trajectoryId: string
  readonly round: number
  readonly queryId: string
  readonly query: string
  /** The scorers that spoke against it, and what they said. */
  readonly objectors: ReadonlyArray<string>
  readonly feedback: string
  /** What the trajectory answered with this query in it. */
  readonly prediction: string
  readonly f1: number
  /** Absent when no branch with a refined query has completed. */
  readonly became?: {
    readonly query: string
    readonly quality: Verdict
    readonly trajectoryId: string
    readonly prediction: string
    readonly f1: number
  }
}

/**
 * The most telling example among the rows, undefined when no query is of low quality.
 *
 * A branch that made an incorrect answer correct comes before any other, then one whose refined query is of high quality,
 * then the greater gain of F1, then the shorter story, then the canonical order. Without a branch: the first low query.
 */
export const pickExample = (rows: ReadonlyArray<EvaluationRow>): RefinementExample | undefined => {
  const completed = rows.filter(isCompleted)
  const byId = new Map(completed.map((row) => [row.trajectoryId, row]))
  const [refined] = completed
    .flatMap((branch) => refinementsOf(branch, byId))
    .sort(
      (left, right) =>
        right.rescued - left.rescued ||
        right.improved - left.improved ||
        right.gain - left.gain ||
        left.searches - right.searches
    )
  return refined?.example ?? firstLow(completed)
}

/** An example with what it is chosen by: 1 for yes, 0 for no. */
interface Candidate {
  readonly example: RefinementExample
  readonly rescued: number
  readonly improved: number
  readonly gain: number
  readonly searches: number
}

const refinementsOf = (branch: CompletedRow, byId: ReadonlyMap<string, CompletedRow>): ReadonlyArray<Candidate> => {
  const { parent: point, trajectoryId, prediction, f1 } = branch
  const parent = point && byId.get(point.trajectoryId)
  const replaced = parent?.rounds.find(({ round }) => round === point?.round)
  const quality = branch.rounds.find(({ round }) => round === point?.round)?.quality
  if (point?.refinement === undefined || parent === undefined || replaced?.quality !== "low" || quality === undefined) {
    return []
  }
  const became = { query: point.refinement.refined, quality, trajectoryId, prediction, f1 }
  return [
    {
      example: { ...lowQuery(parent, replaced), became },
      rescued: Number(branch.correct && !parent.correct),
      improved: Number(quality === "high"),
      gain: f1 - parent.f1,
      searches: branch.searches
    }
  ]
}

const firstLow = (rows: ReadonlyArray<CompletedRow>): RefinementExample | undefined => {
  for (const row of rows) {
    const low = row.rounds.find(({ quality }) => quality === "low")
    if (low !== undefined) return lowQuery(row, low)
  }
  return undefined
}

const lowQuery = (row: CompletedRow, { round, queryId, query, objectors, feedback }: RoundRow): RefinementExample => ({
  runId: row.runId,
  dataset: row.dataset,
  questionId: row.questionId,
  question: row.question,
  goldenAnswers: row.goldenAnswers,
  trajectoryId: row.trajectoryId,
  round,
  queryId,
  query,
  objectors,
  feedback,
  prediction: row.prediction,
  f1: row.f1
})

/** The example for a terminal of so many columns. */
export const renderExample = (example: RefinementExample, columns = 80): string => {
  const { became } = example
  const fields: ReadonlyArray<Field> = [
    ["Question", example.question],
    ["Gold", example.goldenAnswers.join(" | ")],
    [`Round ${example.round}`, example.query],
    ["Scored 0", `by ${example.objectors.join(" and ")}: ${example.feedback.replaceAll("\n", " ")}`],
    ...(became === undefined
      ? [["Answer", answered(example)] as const]
      : ([
          ["Became", `${became.query} (${verdictText[became.quality]})`],
          ["Before", answered(example)],
          ["After", answered(became)]
        ] as const)),
    ["Query", `${example.queryId}${became === undefined ? "" : `, in branch ${became.trajectoryId}`}`]
  ]
  const title = became === undefined ? "A query that was scored 0" : "A query that was scored 0, and what it became"
  return `${title}\n\n${renderFields(fields, columns, 2)}`
}

/** A verdict in words that follow a query. */
export const verdictText: Readonly<Record<Verdict, string>> = {
  high: "scored 1",
  low: "scored 0 again",
  unscored: "not scored",
  unparsed: "its score is unreadable"
}

const answered = ({ prediction, f1 }: { readonly prediction: string; readonly f1: number }): string =>
  `${prediction === "" ? "(none)" : prediction} (F1 ${decimal(f1)})`

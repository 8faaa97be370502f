import { count, decimal, percent } from "../evaluation/format.ts"
import { type Column, plainTable } from "../text/table.ts"
import { shorten, wrap } from "../text/wrap.ts"
import type { ComparedScorers } from "./agreement.ts"
import type { Agreement } from "./measure.ts"
import type { AgreementRow } from "./row.ts"

interface Line {
  readonly title: string
  readonly high: number
  readonly low: number
}

/** Disagreements that a table shows. */
const shownAtMost = 20

/** How far a student agrees with its teacher, for a terminal of 80 columns: who gave what, and the first disagreements. */
export const renderAgreement = (agreement: Agreement, scorers: ComparedScorers): string => {
  const { confusion } = agreement
  const lines: ReadonlyArray<Line> = [
    { title: `${scorers.teacher} 1`, high: confusion.bothHigh, low: confusion.onlyTeacherHigh },
    { title: `${scorers.teacher} 0`, high: confusion.onlyStudentHigh, low: confusion.bothLow }
  ]
  const notes = notesOf(agreement, scorers).map((note) => wrap(note, 80).join("\n"))
  return [plainTable(columnsOf(scorers), lines), ...notes, ...disagreementsOf(agreement, scorers)].join("\n\n")
}

const columnsOf = ({ student }: ComparedScorers): ReadonlyArray<Column<Line>> => [
  { title: "Queries", align: "left", cell: ({ title }) => title },
  { title: `${student} 1`, align: "right", cell: ({ high }) => count(high) },
  { title: `${student} 0`, align: "right", cell: ({ low }) => count(low) }
]

const notesOf = (
  { compared, confusion, kappa, rate }: Agreement,
  { student, teacher }: ComparedScorers
): ReadonlyArray<string> => {
  const { missing, unjudged, unparsed } = confusion
  const agreed =
    rate === undefined
      ? `No query has a score of ${teacher} and one of ${student}.`
      : `Agreement: ${percent(rate)} % of ${count(compared)} queries. Cohen's kappa: ${kappa === undefined ? "–" : decimal(kappa)}.`
  const left = [
    [unparsed, `${student} gave a score that could not be read`],
    [missing, `${student} gave none`],
    [unjudged, `${teacher} gave none that could be read`]
  ] as const
  const told = left.filter(([queries]) => queries > 0).map(([queries, what]) => `${count(queries)} where ${what}`)
  return [agreed, ...(told.length === 0 ? [] : [`Left out: ${told.join("; ")}.`])]
}

const disagreementsOf = (
  { disagreements }: Agreement,
  { student, teacher }: ComparedScorers
): ReadonlyArray<string> => {
  if (disagreements.length === 0) return []
  const shown = disagreements.slice(0, shownAtMost)
  const columns: ReadonlyArray<Column<AgreementRow>> = [
    { title: "Disagreement", align: "left", cell: ({ queryId }) => queryId },
    { title: teacher, align: "right", cell: (row) => (row.teacher === "high" ? "1" : "0") },
    { title: student, align: "right", cell: (row) => (row.student === "high" ? "1" : "0") },
    { title: "Query", align: "left", cell: ({ query }) => shorten(query, 36) }
  ]
  const more = disagreements.length - shown.length
  return [plainTable(columns, shown), ...(more > 0 ? [`And ${count(more)} more.`] : [])]
}

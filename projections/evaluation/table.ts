import { type Column, markdownTable, plainTable } from "../text/table.ts"
import { wrap } from "../text/wrap.ts"
import { type Population, type PopulationMeasures, populations, type RunEvaluation } from "./evaluate.ts"
import { count, decimal, percent } from "./format.ts"
import type { Measures } from "./measures.ts"
import { addTokens, type Tokens } from "./usage.ts"

/** One line of the tables: the figures of one population in one scope. */
export interface TableRow {
  /** A data set, or `all`. */
  readonly scope: string
  readonly population: Population
  /** Whether the line above is about another scope. */
  readonly opensScope: boolean
  readonly measures: Measures
}

/** Lines in the order of the data sets; without branches there are only the initial trajectories to tell about. */
export const tableRows = (
  { datasets, overall }: RunEvaluation,
  shown: ReadonlyArray<Population> = populations
): ReadonlyArray<TableRow> => [
  ...datasets.flatMap(({ dataset, ...measures }) => linesOf(dataset, measures, shown)),
  ...(datasets.length === 1 ? [] : linesOf("all", overall, shown))
]

const linesOf = (
  scope: string,
  measures: PopulationMeasures,
  shown: ReadonlyArray<Population>
): ReadonlyArray<TableRow> =>
  shown
    .filter((population) => population === "initial" || measures.branches.n > 0)
    .map((population, i) => ({ scope, population, opensScope: i === 0, measures: measures[population] }))

/** A column about a population. */
export interface Figure {
  readonly title: string
  readonly figure: (measures: Measures) => string
}

/** All columns of figures, those about answers first. */
export const figuresOf = (evaluation: RunEvaluation): ReadonlyArray<Figure> => [
  ...answerFigures,
  ...searchFigures(objectingScorers(evaluation))
]

const answerFigures: ReadonlyArray<Figure> = [
  { title: "n", figure: ({ n }) => count(n) },
  { title: "EM", figure: ({ em }) => percent(em) },
  { title: "F1", figure: ({ f1 }) => percent(f1) },
  { title: "Prec", figure: ({ precision }) => percent(precision) },
  { title: "Rec", figure: ({ recall }) => percent(recall) },
  { title: "Acc", figure: ({ acc }) => percent(acc) },
  { title: "S_E", figure: ({ searchEfficiency }) => percent(searchEfficiency) },
  { title: "Searches", figure: ({ searches }) => decimal(searches) }
]

const searchFigures = (scorers: ReadonlyArray<string>): ReadonlyArray<Figure> => [
  { title: "S_Q", figure: ({ searchQuality }) => percent(searchQuality) },
  { title: "Perf", figure: ({ perfectRate }) => percent(perfectRate) },
  { title: "Part", figure: ({ partialRate }) => percent(partialRate) },
  { title: "Low", figure: ({ queries }) => percent(queries.low) },
  ...scorers.map((title): Figure => ({ title, figure: ({ queries }) => percent(queries.lowBy[title] ?? 0) })),
  { title: "Format", figure: ({ formatRate }) => percent(formatRate) }
]

/** The scorers that spoke against any query of a run, by name. */
const objectingScorers = ({ overall }: RunEvaluation): ReadonlyArray<string> =>
  [...new Set([overall.initial, overall.branches].flatMap(({ queries }) => Object.keys(queries.lowBy)))].sort()

const columnsOf = (figures: ReadonlyArray<Figure>, repeatScope: boolean): ReadonlyArray<Column<TableRow>> => [
  { title: "Data set", align: "left", cell: ({ scope, opensScope }) => (opensScope || repeatScope ? scope : "") },
  { title: "Rollouts", align: "left", cell: ({ population }) => population },
  ...figures.map(
    ({ title, figure }): Column<TableRow> => ({
      title,
      align: "right",
      cell: ({ measures }) => (measures.n === 0 ? "–" : figure(measures))
    })
  )
]

/**
 * What a run is worth, for a terminal of 80 columns: how it answers, how it searches, and what else there is to know. `shown`
 * names the populations to tell about.
 */
export const renderTables = (evaluation: RunEvaluation, shown: ReadonlyArray<Population> = populations): string =>
  render(evaluation, (figures) => plainTable(columnsOf(figures, false), tableRows(evaluation, shown)), plainNote)

/** The same in Markdown. */
export const renderMarkdownTables = (
  evaluation: RunEvaluation,
  shown: ReadonlyArray<Population> = populations
): string =>
  render(evaluation, (figures) => markdownTable(columnsOf(figures, true), tableRows(evaluation, shown)), String)

const plainNote = (note: string): string => wrap(note, 80).join("\n")

const render = (
  evaluation: RunEvaluation,
  table: (figures: ReadonlyArray<Figure>) => string,
  note: (text: string) => string
): string =>
  [table(answerFigures), table(searchFigures(objectingScorers(evaluation))), ...notesOf(evaluation).map(note)].join(
    "\n\n"
  )

/** What the columns mean, and what the tables do not say. */
const notesOf = (evaluation: RunEvaluation): ReadonlyArray<string> => {
  const { initial, branches, failed } = evaluation.overall
  const scorers = objectingScorers(evaluation)
  const branched =
    "parents: the trajectories that branches were cut from, once for each branch. best: of each tree the trajectory with the highest F1, chosen by the gold answers."
  return [
    `Percent, but for searches a trajectory. S_E: F1 per search. S_Q: Perf (correct answer, every query of high quality) + Part (incorrect answer, some query of high quality). Low: queries of low quality${scorers.length === 0 ? "" : `, then by the scorer that says so (${scorers.join(", ")})`}.`,
    ...(branches.n > 0 ? [branched] : []),
    ...(failed.initial + failed.branches > 0
      ? [`Failed, and not counted above: ${failed.initial} initial trajectories, ${failed.branches} branches.`]
      : []),
    ...(initial.queries.unknown > 0
      ? [`Of the initial trajectories' queries ${percent(initial.queries.unknown)} % have no known quality.`]
      : []),
    ...tokenNotes([initial, branches])
  ]
}

const tokenNotes = (measures: ReadonlyArray<Measures>): ReadonlyArray<string> => {
  const spent = (["policy", "scorers", "refiner"] as const).flatMap((spender) => {
    const tokens = addTokens(measures.map(({ usage }) => usage[spender]))
    return tokens === undefined ? [] : [`${spender} ${tokensText(tokens)}`]
  })
  return spent.length === 0 ? [] : [`Tokens: ${spent.join("; ")}.`]
}

const tokensText = ({ prompt, completion }: Tokens): string => `${count(prompt)} read, ${count(completion)} written`

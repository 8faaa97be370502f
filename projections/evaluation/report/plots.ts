import { type Population, populationsOf, type RunEvaluation } from "../evaluate.ts"
import { percent } from "../format.ts"
import type { Measures } from "../measures.ts"
import type { CompletedRow, EvaluationRow, RoundRow } from "../row.ts"
import type { BarChart, Series } from "./barChart.ts"

/** The plots of a report, made of the rows of one run. A plot without anything to show is left out. */
export const plots = (evaluation: RunEvaluation, rows: ReadonlyArray<EvaluationRow>): ReadonlyArray<BarChart> => {
  const { initial, branches } = populationsOf(rows)
  const sampled = [
    { name: "initial", tone: tones.initial, rows: initial },
    { name: "branches", tone: tones.branches, rows: branches }
  ].filter(({ rows: some }) => some.length > 0)
  return [
    answers(evaluation, "F1", ({ f1 }) => f1),
    answers(evaluation, "Exact match", ({ em }) => em),
    changes(evaluation, rows),
    lowQueries(initial),
    searches(sampled),
    rewards(sampled)
  ].filter(({ series }) => series.length > 0)
}

/** A mark of an axis: 0.2 is `20`. */
const wholePercent = (share: number): string => String(Number((100 * share).toFixed(6)))

const tones = { initial: 0, parents: 1, branches: 2 } as const
const names: Readonly<Record<keyof typeof tones, string>> = {
  initial: "initial",
  parents: "parents of branches",
  branches: "branches"
}

const answers = (
  { datasets, overall }: RunEvaluation,
  title: string,
  score: (measures: Measures) => number
): BarChart => {
  const scopes = [...datasets, ...(datasets.length > 1 ? [{ dataset: "all", ...overall }] : [])]
  const shown = (["initial", "parents", "branches"] as const).filter(
    (population: Population) => overall[population].n > 0
  )
  return {
    id: title.toLowerCase().replaceAll(" ", "-"),
    title: `${title} by data set`,
    description: "Mean of the answers, in percent. Parents are the trajectories that the branches were cut from.",
    layout: "grouped",
    categories: scopes.map(({ dataset }) => dataset),
    series: shown.map((population) => ({
      name: names[population],
      tone: tones[population],
      values: scopes.map(({ [population]: measures }) => (measures.n === 0 ? undefined : score(measures)))
    })),
    xLabel: "Data set",
    yLabel: "Percent",
    format: percent,
    formatTick: wholePercent,
    labelled: true
  }
}

/** What a branch made of its parent's outcome. */
const outcomes = [
  { name: "became correct", tone: 3, parent: false, branch: true },
  { name: "stayed correct", tone: 0, parent: true, branch: true },
  { name: "stayed incorrect", tone: 1, parent: false, branch: false },
  { name: "became incorrect", tone: 4, parent: true, branch: false }
] as const

const changes = ({ datasets }: RunEvaluation, rows: ReadonlyArray<EvaluationRow>): BarChart => {
  const scopes = datasets.filter(({ branches }) => branches.n > 0).map(({ dataset }) => dataset)
  const { initial, branches } = populationsOf(rows)
  const byId = new Map([...initial, ...branches].map((row) => [row.trajectoryId, row]))
  const pairs = branches.flatMap((branch) => {
    const parent = byId.get(branch.parent?.trajectoryId ?? "")
    return parent === undefined ? [] : [{ dataset: branch.dataset, parent: parent.correct, branch: branch.correct }]
  })
  const inScope = scopes.map((scope) => pairs.filter(({ dataset }) => dataset === scope))
  return {
    id: "changes",
    title: "What refined queries changed",
    description: "Share of branches by whether their answer and that of their parent is correct, in percent.",
    layout: "stacked",
    categories: scopes,
    notes: inScope.map(({ length }) => `n = ${length}`),
    series: outcomes
      .map(({ name, tone, ...outcome }) => ({
        name,
        tone,
        values: inScope.map((some) =>
          share(some, ({ parent, branch }) => parent === outcome.parent && branch === outcome.branch)
        )
      }))
      .filter(() => pairs.length > 0),
    xLabel: "Data set",
    yLabel: "Percent of branches",
    format: percent,
    formatTick: wholePercent,
    labelled: false
  }
}

/** Tones of the reasons for low quality, apart from those of the populations. */
const reasonTones = [3, 4, 5]

const lowQueries = (initial: ReadonlyArray<CompletedRow>): BarChart => {
  const issued = initial.flatMap(({ rounds }) => rounds.filter(({ kind }) => kind === "issued"))
  const rounds = numbersTo(Math.max(0, ...issued.map(({ round }) => round)), 1)
  const reasons = [...new Set(issued.filter(isLow).map(reasonOf))].sort(
    (left, right) => left.split(" and ").length - right.split(" and ").length || (left < right ? -1 : 1)
  )
  const inRound = rounds.map((round) => issued.filter((query) => query.round === round))
  return {
    id: "low-queries",
    title: "Low-quality queries by round",
    description:
      "Share of the initial trajectories' queries in each round that were scored 0, by who objected, in percent.",
    layout: "stacked",
    categories: rounds.map(String),
    notes: inRound.map(({ length }) => `n = ${length}`),
    series: reasons.map((reason, i) => ({
      name: reason,
      tone: reasonTones[i % reasonTones.length] ?? 0,
      values: inRound.map((queries) => share(queries, (query) => isLow(query) && reasonOf(query) === reason))
    })),
    xLabel: "Round",
    yLabel: "Percent of queries",
    format: percent,
    formatTick: wholePercent,
    labelled: false
  }
}

const isLow = ({ quality }: RoundRow): boolean => quality === "low"
const reasonOf = ({ objectors }: RoundRow): string => objectors.toSorted().join(" and ")

interface Sampled {
  readonly name: string
  readonly tone: number
  readonly rows: ReadonlyArray<CompletedRow>
}

const searches = (sampled: ReadonlyArray<Sampled>): BarChart => {
  const most = Math.max(0, ...sampled.flatMap(({ rows }) => rows.map((row) => row.searches)))
  const counts = numbersTo(most, 0)
  return {
    id: "searches",
    title: "Searches of a trajectory",
    description: "Share of trajectories by the number of their searches, in percent.",
    layout: "grouped",
    categories: counts.map(String),
    series: seriesOf(sampled, counts, (row) => row.searches),
    xLabel: "Searches",
    yLabel: "Percent of trajectories",
    format: percent,
    formatTick: wholePercent,
    labelled: false
  }
}

/** Width of a bar of the distribution of rewards: what one query is worth by the paper's constants. */
const rewardStep = 0.1

const rewards = (sampled: ReadonlyArray<Sampled>): BarChart => {
  const stepOf = ({ reward }: CompletedRow) => Math.floor(reward / rewardStep + 1e-6)
  const steps = sampled.flatMap(({ rows }) => rows.map(stepOf))
  const marks = numbersTo(Math.max(0, ...steps), Math.min(0, ...steps))
  return {
    id: "rewards",
    title: "Rewards",
    description: `Share of trajectories by reward, in percent; each group of bars covers ${rewardStep} from its mark on.`,
    layout: "grouped",
    categories: marks.map((mark) => (mark * rewardStep).toFixed(1)),
    series: seriesOf(sampled, marks, stepOf),
    xLabel: "Reward",
    yLabel: "Percent of trajectories",
    format: percent,
    formatTick: wholePercent,
    labelled: false
  }
}

const seriesOf = (
  sampled: ReadonlyArray<Sampled>,
  marks: ReadonlyArray<number>,
  value: (row: CompletedRow) => number
): ReadonlyArray<Series> =>
  sampled.map(({ name, tone, rows }) => ({
    name,
    tone,
    values: marks.map((mark) => share(rows, (row) => value(row) === mark))
  }))

const share = <A>(values: ReadonlyArray<A>, belongs: (value: A) => boolean): number =>
  values.length === 0 ? 0 : values.filter(belongs).length / values.length

/** Whole numbers from `first` to `last`, both included. */
const numbersTo = (last: number, first: number): ReadonlyArray<number> =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)

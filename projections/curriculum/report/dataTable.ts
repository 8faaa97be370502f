import { count, percent } from "../../evaluation/format.ts"
import type { BarChart } from "../../evaluation/report/barChart.ts"
import { element, textElement } from "../../evaluation/report/markup.ts"
import { stageTitles } from "../stageTable.ts"
import { type LearningRound, roundTitle } from "./rounds.ts"

interface DataColumn {
  readonly title: string
  /** Undefined where it is not known (yet). */
  readonly cell: (round: LearningRound) => string | undefined
}

/** How a dataset counts its rows. */
const units: Readonly<Record<string, string>> = {
  sft: "demonstrations",
  dpo: "pairs",
  rl: "groups",
  student: "judgements"
}

const columns: ReadonlyArray<DataColumn> = [
  { title: "Questions", cell: ({ rollouts }) => rollouts && count(rollouts.questions) },
  { title: "Rollouts", cell: ({ rollouts }) => rollouts && count(rollouts.measures.initial.n) },
  { title: "Branches", cell: ({ rollouts }) => rollouts && count(rollouts.measures.branches.n) },
  { title: "Failed", cell: ({ rollouts }) => rollouts && count(failures(rollouts.measures.failed)) },
  { title: "EM", cell: ({ rollouts }) => rollouts && percent(rollouts.measures.initial.em) },
  { title: "Perfect", cell: ({ rollouts }) => rollouts && percent(rollouts.measures.initial.perfectRate) },
  { title: "Low queries", cell: ({ rollouts }) => rollouts && percent(rollouts.measures.initial.queries.low) },
  { title: "Learnt from", cell: ({ dataset }) => dataset && `${count(dataset.rows)} ${units[dataset.kind] ?? "rows"}` },
  {
    title: "Steps",
    cell: ({ dataset, training }) =>
      training === undefined ? (dataset?.rows === 0 ? "passed over" : undefined) : count(training.steps.length)
  }
]

const failures = ({ branches, initial }: { readonly branches: number; readonly initial: number }): number =>
  branches + initial

/** What was sampled in every round, and how much of it was learnt from. */
export const dataTable = (rounds: ReadonlyArray<LearningRound>): string =>
  element(
    "div",
    { class: "wide scroll stages", role: "region", "aria-label": "Data of each stage", tabindex: 0 },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          textElement("th", { scope: "col", class: "stage" }, "Stage"),
          ...columns.map(({ title }) => textElement("th", { scope: "col" }, title))
        )
      ),
      element(
        "tbody",
        {},
        ...rounds.map((round) =>
          element(
            "tr",
            {},
            textElement("th", { scope: "row" }, roundTitle(stageTitles[round.stage], round)),
            ...columns.map(({ cell }) => textElement("td", {}, cell(round) ?? "–"))
          )
        )
      )
    )
  )

/** Tones of the scorers, apart from those of the sets of questions. */
const scorerTones = [3, 4, 5, 1]

/** Low-quality queries of every round by the scorer that speaks against them; undefined when there are none. */
export const lowQueries = (rounds: ReadonlyArray<LearningRound>): BarChart | undefined => {
  const sampled = rounds.flatMap((round) => {
    const queries = round.rollouts?.measures.initial.queries
    return queries === undefined ? [] : [{ title: roundTitle(stageTitles[round.stage], round), queries }]
  })
  const scorers = [...new Set(sampled.flatMap(({ queries }) => Object.keys(queries.lowBy)))].sort()
  if (scorers.length === 0) return undefined
  return {
    id: "low-queries",
    title: "Low-quality queries of the rollouts",
    description:
      "Share of the initial trajectories' queries that a scorer speaks against, in percent; one query may be spoken against by several.",
    layout: "grouped",
    categories: sampled.map(({ title }) => title),
    notes: sampled.map(({ queries }) => `n = ${count(queries.n)}`),
    series: scorers.map((scorer, i) => ({
      name: scorer,
      tone: scorerTones[i % scorerTones.length] ?? 0,
      values: sampled.map(({ queries }) => queries.lowBy[scorer] ?? 0)
    })),
    xLabel: "Rollouts of",
    yLabel: "Percent of queries",
    format: percent,
    formatTick: (value) => String(Number((100 * value).toFixed(6))),
    labelled: sampled.length * scorers.length <= 12
  }
}

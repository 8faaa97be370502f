import type { DataOf } from "../../../events/registry.ts"
import type { RunEvaluation } from "../evaluate.ts"
import { count, decimal, percent } from "../format.ts"
import { element, textElement } from "./markup.ts"

/** The head of the page: which run this is, and what it was run with. */
export const header = (evaluation: RunEvaluation, run: DataOf<"RunStarted"> | undefined): string =>
  element(
    "header",
    {},
    textElement("h1", {}, `Evaluation of run ${evaluation.runId}`),
    element(
      "dl",
      { class: "facts" },
      ...facts(evaluation, run).map(([name, value]) =>
        element("div", {}, textElement("dt", {}, name), textElement("dd", {}, value))
      )
    )
  )

const facts = (
  { overall, datasets }: RunEvaluation,
  run: DataOf<"RunStarted"> | undefined
): ReadonlyArray<readonly [string, string]> => [
  ["Data sets", datasets.map(({ dataset }) => dataset).join(", ")],
  ["Trajectories", `${count(overall.initial.n)} initial, ${count(overall.branches.n)} branches`],
  ...(overall.failed.initial + overall.failed.branches === 0
    ? []
    : [["Failed", `${count(overall.failed.initial)} initial, ${count(overall.failed.branches)} branches`] as const]),
  ...(run === undefined
    ? []
    : ([
        ["Query score", run.scoring.combine],
        ["Correct from F1", String(run.scoring.f1.threshold)],
        ["Retriever", run.retriever.name],
        ["Configuration", run.configHash.slice(0, 12)],
        ["Software", run.software.version]
      ] as const))
]

/** The few figures to look at first. */
export const tiles = ({ overall: { initial, parents, branches } }: RunEvaluation): string => {
  const figures: ReadonlyArray<readonly [string, string]> = [
    [percent(initial.em), "exact match, percent"],
    [percent(initial.f1), "F1, percent"],
    [percent(initial.searchEfficiency), "search efficiency S_E, percent"],
    [percent(initial.searchQuality), "search quality S_Q, percent"],
    [decimal(initial.searches), "searches a trajectory"],
    [percent(initial.queries.low), "queries scored 0, percent"],
    ...(branches.n === 0
      ? []
      : [[signed(100 * (branches.f1 - parents.f1)), "points of F1 from a parent to its branch"] as const])
  ]
  return element(
    "ul",
    { class: "tiles", "aria-label": "Main figures of the initial trajectories" },
    ...figures.map(([value, name]) => element("li", {}, textElement("b", {}, value), textElement("span", {}, name)))
  )
}

const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`

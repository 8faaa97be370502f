import type { Measures } from "../../evaluation/measures.ts"
import { element, textElement } from "../../evaluation/report/markup.ts"
import type { StageResult } from "../stages.ts"
import { stageTitles } from "../stageTable.ts"
import { type StageMeasure, stageMeasures } from "./measures.ts"

/** A line for each stage, with the figures of every set of held-out questions side by side; the best of each column is bold. */
export const figuresTable = (results: ReadonlyArray<StageResult>): string => {
  const sets = [...new Set(results.flatMap(({ sets }) => sets.map(({ set }) => set)))]
  return element(
    "div",
    { class: "wide scroll stages", role: "region", "aria-label": "Figures of each stage", tabindex: 0 },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          textElement("th", { scope: "col", rowspan: 2, class: "stage" }, "Stage"),
          ...sets.map((set) =>
            textElement("th", { scope: "colgroup", colspan: stageMeasures.length, class: "set" }, `Questions: ${set}`)
          )
        ),
        element(
          "tr",
          {},
          ...sets.flatMap(() =>
            stageMeasures.map(({ title }, i) => textElement("th", { scope: "col", class: edge(i) }, title))
          )
        )
      ),
      element("tbody", {}, ...results.map((result) => line(result, sets, results)))
    )
  )
}

/** Where the columns of a set begin. */
const edge = (column: number): string | undefined => (column === 0 ? "edge" : undefined)

const line = (result: StageResult, sets: ReadonlyArray<string>, all: ReadonlyArray<StageResult>): string =>
  element(
    "tr",
    {},
    textElement("th", { scope: "row" }, stageTitles[result.stage]),
    ...sets.flatMap((set) => {
      const measures = measuresOf(result, set)
      return stageMeasures.map((measure, i) => element("td", { class: edge(i) }, cell(measure, measures, set, all)))
    })
  )

const cell = (
  measure: StageMeasure,
  measures: Measures | undefined,
  set: string,
  all: ReadonlyArray<StageResult>
): string => {
  if (measures === undefined) return "–"
  const value = measure.value(measures)
  const isBest = measure.isGoal && all.length > 1 && value > 0 && value >= best(measure, set, all)
  return textElement(isBest ? "b" : "span", {}, measure.format(value))
}

const measuresOf = ({ sets }: StageResult, set: string): Measures | undefined =>
  sets.find((one) => one.set === set)?.measures

const best = ({ value }: StageMeasure, set: string, all: ReadonlyArray<StageResult>): number =>
  Math.max(
    ...all.flatMap((result) => {
      const measures = measuresOf(result, set)
      return measures === undefined ? [] : [value(measures)]
    })
  )

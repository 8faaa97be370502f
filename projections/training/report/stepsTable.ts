import { element, textElement } from "../../evaluation/report/markup.ts"
import type { TrainingRow } from "../training.ts"
import { measuresOf } from "./curves.ts"

/** Rows of the table at most; of a long training the log tells the rest. */
const mostRows = 40

/** The figures behind the curves: every step, or evenly chosen ones with the first and the last among them. */
export const stepsTable = ({ steps }: Pick<TrainingRow, "steps">): string => {
  const measures = measuresOf({ steps })
  const titles = ["Step", ...measures.map(({ title }) => title)]
  const table = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...titles.map((title) => textElement("th", { scope: "col" }, title)))),
    element(
      "tbody",
      {},
      ...evenly(steps, mostRows).map((report) =>
        element(
          "tr",
          {},
          textElement("th", { scope: "row" }, String(report.step)),
          ...measures.map(({ value, format }) => {
            const measured = value(report)
            return textElement("td", {}, measured === undefined ? "–" : format(measured))
          })
        )
      )
    )
  )
  return element("figure", {}, element("div", { class: "scroll" }, table))
}

/** Up to `most` of the values, evenly apart, the first and the last among them. */
const evenly = <A>(values: ReadonlyArray<A>, most: number): ReadonlyArray<A> => {
  if (values.length <= most) return values
  const chosen = Array.from({ length: most }, (_, i) => Math.round((i * (values.length - 1)) / (most - 1)))
  return chosen.flatMap((index) => values[index] ?? [])
}

import type { RunEvaluation } from "../evaluate.ts"
import { figuresOf, type TableRow, tableRows } from "../table.ts"
import { element, textElement } from "./markup.ts"

/** All figures of the run in one table, a line for each data set and population. */
export const figuresTable = (evaluation: RunEvaluation): string => {
  const figures = figuresOf(evaluation)
  const titles = ["Data set", "Rollouts", ...figures.map(({ title }) => title)]
  return element(
    "div",
    { class: "wide scroll", role: "region", "aria-label": "All figures", tabindex: 0 },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...titles.map((title) => textElement("th", { scope: "col" }, title)))),
      element("tbody", {}, ...tableRows(evaluation).map((line) => tableLine(line, figures)))
    )
  )
}

const tableLine = (
  { scope, population, opensScope, measures }: TableRow,
  figures: ReturnType<typeof figuresOf>
): string =>
  element(
    "tr",
    { class: opensScope ? "opens" : undefined },
    textElement("th", { scope: "row" }, opensScope ? scope : ""),
    textElement("th", { scope: "row" }, population),
    ...figures.map(({ figure }) => textElement("td", {}, measures.n === 0 ? "–" : figure(measures)))
  )

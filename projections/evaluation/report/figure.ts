import { type BarChart, barChart } from "./barChart.ts"
import { element, textElement } from "./markup.ts"

/** A chart with its title, its legend, and the numbers behind it for whoever reads rather than looks. */
export const figure = (chart: BarChart): string =>
  element(
    "figure",
    {},
    element("figcaption", {}, textElement("h3", {}, chart.title), textElement("p", {}, chart.description)),
    element("div", { class: "scroll" }, barChart(chart)),
    chart.series.length > 1 ? legend(chart) : "",
    element("details", {}, textElement("summary", {}, "Numbers"), numbers(chart))
  )

const legend = ({ series }: BarChart): string =>
  element(
    "ul",
    { class: "legend" },
    ...series.map(({ name, tone }) =>
      element(
        "li",
        {},
        element("span", { class: `swatch tone-${tone}`, "aria-hidden": "true" }),
        textElement("span", {}, name)
      )
    )
  )

const numbers = ({ xLabel, categories, series, format }: BarChart): string =>
  element(
    "div",
    { class: "scroll" },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...[xLabel, ...series.map(({ name }) => name)].map((title) => textElement("th", { scope: "col" }, title))
        )
      ),
      element(
        "tbody",
        {},
        ...categories.map((category, i) =>
          element(
            "tr",
            {},
            textElement("th", { scope: "row" }, category),
            ...series.map(({ values }) => textElement("td", {}, written(values[i], format)))
          )
        )
      )
    )
  )

const written = (value: number | undefined, format: (value: number) => string): string =>
  value === undefined ? "–" : format(value)

import { count } from "../evaluation/format.ts"
import { element, textElement } from "../evaluation/report/markup.ts"
import { style } from "../evaluation/report/style.ts"
import { curvesOf, digits } from "./report/curves.ts"
import { type LineChart, lineChart } from "./report/lineChart.ts"
import { stepsTable } from "./report/stepsTable.ts"
import type { TrainingRow } from "./training.ts"

/**
 * A training as a page of HTML that needs nothing else: no script, no font, no network. While it is going on the page asks the
 * browser to read it again, so whoever writes it anew shows live curves. The same row gives the same bytes.
 */
export const renderTrainingReport = (training: TrainingRow): string => {
  const head = element(
    "head",
    {},
    '<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>',
    training.end === undefined
      ? element("meta", { "http-equiv": "refresh", content: String(secondsBetweenReads) })
      : "",
    textElement("title", {}, `Training ${training.trainingId}`),
    element("style", {}, style, lineStyle)
  )
  const main = element(
    "main",
    {},
    header(training),
    tiles(training),
    element(
      "section",
      {},
      textElement("h2", {}, "Curves"),
      element("div", { class: "plots" }, ...curvesOf(training).map(curveFigure))
    ),
    element("section", {}, textElement("h2", {}, "Steps"), stepsTable(training))
  )
  return `<!doctype html>\n${element("html", { lang: "en" }, head, element("body", {}, main))}\n`
}

const secondsBetweenReads = 15

/** Strokes for curves, beside the fills of the other reports. */
export const lineStyle = `
.line { fill: none; stroke-width: 2; stroke-linejoin: round; } .faint { opacity: 0.35; stroke-width: 1; }
${[0, 1, 2, 3, 4, 5].map((tone) => `.line-${tone} { stroke: var(--tone-${tone}); }`).join(" ")}
`

const header = (training: TrainingRow): string =>
  element(
    "header",
    {},
    textElement("h1", {}, `Training ${training.trainingId}`),
    element(
      "dl",
      { class: "facts" },
      ...facts(training).map(([name, value]) =>
        element("div", {}, textElement("dt", {}, name), textElement("dd", {}, value))
      )
    )
  )

type Fact = readonly [name: string, value: string]

const facts = (training: TrainingRow): ReadonlyArray<Fact> => {
  const { request, started } = training
  return [
    ["State", stateOf(training)],
    ...(request === undefined
      ? []
      : ([
          ["Objective", request.objective.kind],
          ["Engine", request.engine],
          ["From", request.base.folder],
          ["Data", `${request.dataset.file}, ${count(request.dataset.rows)} rows`],
          ["Weights", request.settings.lora === undefined ? "all" : `LoRA of rank ${request.settings.lora.rank}`],
          ["Seed", String(request.settings.seed)]
        ] satisfies ReadonlyArray<Fact>)),
    ...(started === undefined
      ? []
      : ([
          ["Executor", started.executor],
          ["Parameters", `${count(started.parameters.total)}, ${count(started.parameters.trainable)} trained`],
          ["Examples", count(started.examples)]
        ] satisfies ReadonlyArray<Fact>)),
    ...(training.end?.kind === "completed" ? [["Policy", training.end.result.policy.folder] satisfies Fact] : [])
  ]
}

const stateOf = ({ end }: TrainingRow): string => {
  if (end === undefined) return "going on"
  return end.kind === "completed" ? "completed" : `failed: ${end.reason}`
}

/** The few figures to look at first. */
const tiles = ({ steps, started, checkpoints }: TrainingRow): string => {
  const [first, last] = [steps[0], steps.at(-1)]
  const figures: ReadonlyArray<Fact> = [
    [`${count(steps.length)} of ${count(last?.of ?? started?.steps ?? 0)}`, "steps"],
    ...(first === undefined || last === undefined
      ? []
      : ([
          [digits(last.loss), `loss, ${digits(first.loss)} at first`],
          [count(steps.reduce((sum, { tokens }) => sum + tokens, 0)), "tokens read"],
          [count(Math.round(last.tokensPerSecond)), "tokens a second"]
        ] satisfies ReadonlyArray<Fact>)),
    [count(checkpoints.length), "checkpoints"]
  ]
  return element(
    "ul",
    { class: "tiles", "aria-label": "Main figures" },
    ...figures.map(([value, name]) => element("li", {}, textElement("b", {}, value), textElement("span", {}, name)))
  )
}

/** A curve with its title and what it shows. */
export const curveFigure = (chart: LineChart): string =>
  element(
    "figure",
    {},
    element("figcaption", {}, textElement("h3", {}, chart.title), textElement("p", {}, chart.description)),
    element("div", { class: "scroll" }, lineChart(chart))
  )

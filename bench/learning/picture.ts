import { element, textElement } from "../../projections/evaluation/report/markup.ts"
import { type Axis, axisBetween } from "../../projections/training/report/axis.ts"

/** Measured on what the policy learns from, or on what it never saw. */
export type Side = "trained" | "heldOut"

/** Values over steps or rounds, in order. */
export interface Series {
  readonly side: Side
  readonly points: ReadonlyArray<{ readonly at: number; readonly value: number }>
}

/** One measure of a stage. */
export interface Panel {
  readonly title: string
  readonly series: ReadonlyArray<Series>
  readonly format: (value: number) => string
  /** What the vertical axis spans at least. */
  readonly span: readonly [min: number, max: number]
}

/** A stage of learning: its measures from top to bottom, over the same horizontal axis. */
export interface Column {
  readonly title: string
  /** What the horizontal axis counts. */
  readonly unit: string
  readonly panels: ReadonlyArray<Panel>
}

const panel = { width: 312, height: 176 }
const plot = { left: 52, top: 30, right: 294, bottom: 138 }
const margin = { left: 16, top: 92, bottom: 16 }

/** Small multiples as one SVG that needs no font and no script, dark where the reader's system is: a column for every stage. */
export const picture = (title: string, columns: ReadonlyArray<Column>): string => {
  const rows = Math.max(...columns.map(({ panels }) => panels.length))
  const width = margin.left * 2 + columns.length * panel.width
  const height = margin.top + rows * panel.height + margin.bottom
  const svg = element(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${height}`, width, height, role: "img" },
    textElement("title", {}, title),
    textElement("desc", {}, columns.map(inWords).join(" ")),
    element("style", {}, style),
    element("rect", { class: "page", width, height, rx: 8 }),
    text(title, { class: "heading", x: margin.left + 8, y: 32 }),
    key("trained", "training data", width - 262),
    key("heldOut", "held-out data", width - 136),
    ...columns.flatMap(({ panels, title, unit }, column) => {
      const x = margin.left + column * panel.width
      return [
        text(title, { class: "heading", x: x + 8, y: 72 }),
        ...panels.map((one, row) => at(x, margin.top + row * panel.height, chart(one, unit)))
      ]
    })
  )
  return `${svg}\n`
}

const text = (content: string, attributes: Parameters<typeof textElement>[1]): string =>
  textElement("text", attributes, content)

const at = (x: number, y: number, content: string): string =>
  element("g", { transform: `translate(${x} ${y})` }, content)

const key = (side: Side, name: string, x: number): string =>
  element("line", { class: `line ${side}`, x1: x, x2: x + 20, y1: 28, y2: 28 }) + text(name, { x: x + 26, y: 32 })

const chart = ({ format, series, span, title }: Panel, unit: string): string => {
  const points = series.flatMap(({ points }) => points)
  const values = points.map(({ value }) => value)
  const vertical = axisBetween(Math.min(span[0], ...values), Math.max(span[1], ...values), 4)
  const last = Math.max(...points.map(({ at }) => at))
  const x = (at: number): number => plot.left + (at / last) * (plot.right - plot.left)
  const y = (value: number): number => plot.bottom - share(vertical, value) * (plot.bottom - plot.top)
  return [
    text(title, { class: "title", x: 8, y: 14 }),
    ...vertical.ticks.map(
      (tick) =>
        element("line", { class: "grid", x1: plot.left, x2: plot.right, y1: y(tick), y2: y(tick) }) +
        text(format(tick), { x: plot.left - 6, y: y(tick) + 4, "text-anchor": "end" })
    ),
    ...axisBetween(0, last, 4).ticks.map((tick) =>
      tick > last ? "" : text(String(tick), { x: x(tick), y: plot.bottom + 16, "text-anchor": "middle" })
    ),
    text(unit, { x: plot.right, y: plot.bottom + 30, "text-anchor": "end" }),
    ...series.map(({ points, side }) =>
      element("polyline", {
        class: `line ${side}`,
        points: points.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ")
      })
    )
  ].join("")
}

const share = ({ end, start }: Axis, value: number): number => (value - start) / (end - start)

const inWords = ({ panels, title }: Column): string => {
  const courses = panels.flatMap(({ format, series, title }) =>
    series.flatMap(({ points, side }) => {
      const [first, last] = [points[0], points.at(-1)]
      if (first === undefined || last === undefined) return []
      const data = side === "trained" ? "training" : "held-out"
      return `${title} (${data} data) from ${format(first.value)} to ${format(last.value)}`
    })
  )
  return `${title}: ${courses.join("; ")}.`
}

/** Colours are those of the reports. */
const style = `
text { font: 12px system-ui, sans-serif; fill: #55606e; font-variant-numeric: tabular-nums; }
text.title { font-size: 13px; fill: #1b2430; } text.heading { font-size: 15px; font-weight: 600; fill: #1b2430; }
.page { fill: #ffffff; } .grid { stroke: #d9dee5; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.trained { stroke: #c2570c; } .heldOut { stroke: #2563a8; }
@media (prefers-color-scheme: dark) {
  text { fill: #a5b0be; } text.title, text.heading { fill: #e6eaf0; }
  .page { fill: #1a2029; } .grid { stroke: #323b48; }
  .trained { stroke: #f0954a; } .heldOut { stroke: #6ea8e8; }
}
`

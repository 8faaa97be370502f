import { type Attributes, element, textElement } from "../../evaluation/report/markup.ts"
import { type Axis, axisBetween } from "./axis.ts"

/** What was measured at a step. */
export interface Point {
  readonly step: number
  readonly value: number
}

/** One measure over the steps of a training. */
export interface LineChart {
  /** Unique on its page. */
  readonly id: string
  readonly title: string
  /** What the curve shows, in a sentence: for those who can't see it, too. */
  readonly description: string
  /** In order of their steps; at least one. */
  readonly points: ReadonlyArray<Point>
  /** Steps of the whole training: the curve grows to the right as it goes on. */
  readonly steps: number
  /** Which colour of the style sheet: 0, 1, … */
  readonly tone: number
  readonly format: (value: number) => string
}

const size = { width: 520, height: 250 }
const plot = { left: 58, top: 16, right: 508, bottom: 212 }

/** Points that a curve is drawn with at most: more can't be told apart. */
const mostPoints = 450

/** Points that the smooth curve averages over, of those drawn: a twelfth of them. */
const smoothness = 12

/**
 * The chart as one SVG element: every measurement as a faint line, and a smoothed one over it. Long trainings are drawn by
 * the means of neighbouring steps.
 */
export const lineChart = (chart: LineChart): string => {
  const points = thinned(chart.points, mostPoints)
  const values = points.map(({ value }) => value)
  const axis = axisBetween(Math.min(...values), Math.max(...values))
  const place = placing(axis, chart.steps)
  const smooth = smoothed(points, Math.ceil(points.length / smoothness))
  const last = smooth.at(-1)
  return element(
    "svg",
    {
      viewBox: `0 0 ${size.width} ${size.height}`,
      role: "img",
      "aria-labelledby": `${chart.id}-title ${chart.id}-desc`
    },
    textElement("title", { id: `${chart.id}-title` }, chart.title),
    textElement("desc", { id: `${chart.id}-desc` }, `${chart.description} ${inWords(chart)}`),
    ...axis.ticks.map((tick) => gridLine(chart.format(tick), place.y(tick))),
    ...stepMarks(chart.steps).map((step) =>
      label(String(step), { x: place.x(step), y: plot.bottom + 17, "text-anchor": "middle" })
    ),
    element("path", { class: `line faint line-${chart.tone}`, d: pathOf(points, place) }),
    element("path", { class: `line line-${chart.tone}`, d: pathOf(smooth, place) }),
    last === undefined
      ? ""
      : element("circle", { class: `tone-${chart.tone}`, cx: place.x(last.step), cy: place.y(last.value), r: 3 }),
    label("Step", { class: "axis", x: (plot.left + plot.right) / 2, y: size.height - 6, "text-anchor": "middle" })
  )
}

interface Placing {
  readonly x: (step: number) => number
  readonly y: (value: number) => number
}

const placing = (axis: Axis, steps: number): Placing => ({
  x: (step) => plot.left + (step / Math.max(1, steps)) * (plot.right - plot.left),
  y: (value) => plot.bottom - ((value - axis.start) / (axis.end - axis.start)) * (plot.bottom - plot.top)
})

const gridLine = (text: string, y: number): string =>
  element("line", { class: "grid", x1: plot.left, x2: plot.right, y1: y, y2: y }) +
  label(text, { x: plot.left - 8, y: y + 4, "text-anchor": "end" })

const label = (text: string, attributes: Attributes): string => textElement("text", attributes, text)

/** Marks of the axis of steps, 0 and the last step among them. */
const stepMarks = (steps: number): ReadonlyArray<number> => {
  const { ticks } = axisBetween(0, Math.max(1, steps))
  const whole = ticks.filter((tick) => Number.isInteger(tick) && tick <= steps * 0.93)
  return [...whole, steps]
}

const pathOf = (points: ReadonlyArray<Point>, { x, y }: Placing): string =>
  points.map(({ step, value }, i) => `${i === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("")

/** Means of neighbours, so that no more than `most` points are left; the last step stays where it is. */
export const thinned = (points: ReadonlyArray<Point>, most: number): ReadonlyArray<Point> => {
  const together = Math.ceil(points.length / most)
  if (together <= 1) return points
  return Array.from({ length: Math.ceil(points.length / together) }, (_, i) => {
    const group = points.slice(i * together, (i + 1) * together)
    return { step: group.at(-1)?.step ?? 0, value: mean(group) }
  })
}

/** Each point as the mean of itself and up to `width - 1` before it. */
const smoothed = (points: ReadonlyArray<Point>, width: number): ReadonlyArray<Point> =>
  points.map(({ step }, i) => ({ step, value: mean(points.slice(Math.max(0, i + 1 - width), i + 1)) }))

const mean = (points: ReadonlyArray<Point>): number => points.reduce((sum, { value }) => sum + value, 0) / points.length

const inWords = ({ points, format }: LineChart): string => {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || first === last) return ""
  return `From ${format(first.value)} at step ${first.step} to ${format(last.value)} at step ${last.step}.`
}

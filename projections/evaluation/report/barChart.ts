import { shorten } from "../../text/wrap.ts"
import { type Attributes, element, escapeText, textElement } from "./markup.ts"
import { axisTo } from "./ticks.ts"

/** Bars over categories: side by side for each series, or on top of each other. */
export interface BarChart {
  /** Unique on its page. */
  readonly id: string
  readonly title: string
  /** What the plot shows, in a sentence: for those who can't see it, too. */
  readonly description: string
  readonly layout: "grouped" | "stacked"
  readonly categories: ReadonlyArray<string>
  /** A second line under each category, such as how much it stands for. */
  readonly notes?: ReadonlyArray<string>
  readonly series: ReadonlyArray<Series>
  readonly xLabel: string
  readonly yLabel: string
  readonly format: (value: number) => string
  /** How the marks of the value axis are written. */
  readonly formatTick: (value: number) => string
  /** Whether each bar has its value written over it. */
  readonly labelled: boolean
}

export interface Series {
  readonly name: string
  /** Which colour of the style sheet: `tone-0`, `tone-1`, … */
  readonly tone: number
  /** One for each category; undefined where there is none. Not negative. */
  readonly values: ReadonlyArray<number | undefined>
}

const size = { width: 520, height: 276 }
const plot = { left: 46, top: 20, right: 512, bottom: 218 }

interface Bar {
  readonly category: string
  readonly series: Series
  readonly value: number
  readonly x: number
  readonly width: number
  /** Upper and lower end, in the units of the values. */
  readonly from: number
  readonly to: number
}

/** The chart as one SVG element, coloured by the style sheet of the page. */
export const barChart = (chart: BarChart): string => {
  const bars = chart.layout === "grouped" ? groupedBars(chart) : stackedBars(chart)
  const axis = axisTo(Math.max(0, ...bars.map(({ to }) => to)))
  const y = (value: number) => plot.bottom - (value / axis.end) * (plot.bottom - plot.top)
  const gridLines = axis.ticks.map((tick) =>
    [
      element("line", { class: "grid", x1: plot.left, x2: plot.right, y1: y(tick), y2: y(tick) }),
      text(chart.formatTick(tick), { x: plot.left - 8, y: y(tick) + 4, "text-anchor": "end" })
    ].join("")
  )
  return element(
    "svg",
    {
      viewBox: `0 0 ${size.width} ${size.height}`,
      role: "img",
      "aria-labelledby": `${chart.id}-title ${chart.id}-desc`
    },
    textElement("title", { id: `${chart.id}-title` }, chart.title),
    textElement("desc", { id: `${chart.id}-desc` }, chart.description),
    ...gridLines,
    ...bars.map((bar) => drawBar(bar, y, chart)),
    ...chart.categories.map((category, i) =>
      text(shorten(category, bandOf(chart, i).width / letter), {
        x: bandOf(chart, i).center,
        y: plot.bottom + 18,
        "text-anchor": "middle"
      })
    ),
    ...(chart.notes ?? []).map((note, i) =>
      text(note, { class: "axis", x: bandOf(chart, i).center, y: plot.bottom + 31, "text-anchor": "middle" })
    ),
    text(chart.xLabel, {
      class: "axis",
      x: (plot.left + plot.right) / 2,
      y: size.height - 8,
      "text-anchor": "middle"
    }),
    text(chart.yLabel, { class: "axis", x: 2, y: 10 })
  )
}

const bandOf = ({ categories }: BarChart, i: number) => {
  const width = (plot.right - plot.left) / Math.max(1, categories.length)
  const left = plot.left + i * width
  return { left, width, center: left + width / 2 }
}

/** About the width of a letter: a category's name that is wider than its band is cut. */
const letter = 6.2

/** Part of a band that its bars fill, and the widest that a bar gets. */
const filled = 0.72
const widest = 56

const groupedBars = (chart: BarChart): ReadonlyArray<Bar> =>
  chart.categories.flatMap((category, i) => {
    const { center, width: band } = bandOf(chart, i)
    const width = Math.min(widest, (band * filled) / Math.max(1, chart.series.length))
    const left = center - (width * chart.series.length) / 2
    return chart.series.flatMap((series, j): ReadonlyArray<Bar> => {
      const value = series.values[i]
      return value === undefined ? [] : [{ category, series, value, x: left + j * width, width, from: 0, to: value }]
    })
  })

const stackedBars = (chart: BarChart): ReadonlyArray<Bar> =>
  chart.categories.flatMap((category, i) => {
    const { center, width: band } = bandOf(chart, i)
    const width = Math.min(widest, band * filled)
    let from = 0
    return chart.series.flatMap((series): ReadonlyArray<Bar> => {
      const value = series.values[i]
      if (value === undefined || value === 0) return []
      const bar = { category, series, value, x: center - width / 2, width, from, to: from + value }
      from = bar.to
      return [bar]
    })
  })

const drawBar = (bar: Bar, y: (value: number) => number, chart: BarChart): string => {
  const label = `${bar.category}, ${bar.series.name}: ${chart.format(bar.value)}`
  const rect = element(
    "rect",
    {
      class: `tone-${bar.series.tone}`,
      x: bar.x + 1,
      y: y(bar.to),
      width: Math.max(1, bar.width - 2),
      height: Math.max(0, y(bar.from) - y(bar.to) - (bar.from > 0 ? 1 : 0))
    },
    element("title", {}, escapeText(label))
  )
  if (!chart.labelled) return rect
  const value = text(chart.format(bar.value), {
    class: "value",
    x: bar.x + bar.width / 2,
    y: y(bar.to) - 4,
    "text-anchor": "middle"
  })
  return rect + value
}

const text = (content: string, attributes: Attributes): string => textElement("text", attributes, content)

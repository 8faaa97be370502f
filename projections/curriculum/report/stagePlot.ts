import { percent } from "../../evaluation/format.ts"
import type { Measures } from "../../evaluation/measures.ts"
import { type Attributes, element, textElement } from "../../evaluation/report/markup.ts"
import { axisTo } from "../../evaluation/report/ticks.ts"
import { shorten } from "../../text/wrap.ts"
import type { StageResult } from "../stages.ts"
import { stageTitles } from "../stageTable.ts"
import { plotStyle, tones } from "./plotStyle.ts"
import { isPolicyStage } from "./record.ts"

interface Panel {
  readonly title: string
  /** What it measures, in a few words. */
  readonly note: string
  readonly value: (measures: Measures) => number
}

const panels: ReadonlyArray<Panel> = [
  { title: "Exact match", note: "the answer is a gold answer", value: ({ em }) => em },
  { title: "F1", note: "words that answer and gold answer share", value: ({ f1 }) => f1 },
  {
    title: "Perfect rate",
    note: "right answer, and every query of high quality",
    value: ({ perfectRate }) => perfectRate
  },
  {
    title: "Search efficiency S_E",
    note: "F1 for each search",
    value: ({ searchEfficiency }) => searchEfficiency
  }
]

const size = { width: 880, head: 76, panel: { width: 432, height: 252 }, margin: 8 }
const plot = { left: 44, right: 416, top: 62, bottom: 212 }
/** How far the first and the last stage stand from the ends of the axis. */
const inset = 34

/**
 * What the policy reaches after each stage, on every set of held-out questions: a panel for each measure, a line for each set.
 * One SVG that needs no font and no script, dark where the reader's system is; it can stand alone or in a page.
 */
export const renderStagePlot = (results: ReadonlyArray<StageResult>): string => {
  const stages = results.filter(({ stage }) => isPolicyStage(stage))
  const lines = linesOf(stages)
  const { head, margin, panel, width } = size
  const height = head + Math.ceil(panels.length / 2) * panel.height + margin
  const title = "What the policy reaches after each stage, in percent"
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: "stage-plot",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img"
    },
    textElement("title", {}, title),
    textElement("desc", {}, lines.length === 0 ? "Nothing was evaluated." : inWords(stages, lines)),
    element("style", {}, plotStyle),
    element("rect", { class: "page", width, height, rx: 8 }),
    text(title, { class: "heading", x: margin + 8, y: 30 }),
    ...legend(lines),
    ...panels.map((one, i) => {
      const x = margin + (i % 2) * panel.width
      const y = head + Math.floor(i / 2) * panel.height
      return element("g", { transform: `translate(${x} ${y})` }, draw(one, stages, lines))
    })
  )
}

/** One set of held-out questions. */
interface Line {
  readonly set: string
  readonly tone: number
  /** Of each stage; undefined where it was not evaluated. */
  readonly measures: ReadonlyArray<Measures | undefined>
}

const linesOf = (stages: ReadonlyArray<StageResult>): ReadonlyArray<Line> => {
  const sets = [...new Set(stages.flatMap(({ sets }) => sets.map(({ set }) => set)))]
  return sets.map((set, i) => ({
    set,
    tone: i % tones,
    measures: stages.map(({ sets }) => sets.find((one) => one.set === set)?.measures)
  }))
}

const text = (content: string, attributes: Attributes): string => textElement("text", attributes, content)

/** Letters of a set's name, and about the width of one. */
const longestName = 28
const letter = 6.8

const legend = (lines: ReadonlyArray<Line>): ReadonlyArray<string> => {
  let x = size.margin + 8
  return lines.map(({ set, tone }) => {
    const name = shorten(set, longestName)
    const key =
      element("line", { class: `line set-${tone}`, x1: x, x2: x + 22, y1: 53, y2: 53 }) +
      element("circle", { class: `dot set-${tone}`, cx: x + 11, cy: 53, r: 4 }) +
      text(name, { x: x + 29, y: 57 })
    x += 29 + name.length * letter + 20
    return key
  })
}

interface Spot {
  readonly x: number
  readonly y: number
  readonly value: number
  readonly tone: number
}

const draw = (
  { note, title, value }: Panel,
  stages: ReadonlyArray<StageResult>,
  lines: ReadonlyArray<Line>
): string => {
  const values = lines.flatMap(({ measures }) => measures.flatMap((one) => (one === undefined ? [] : [value(one)])))
  const axis = axisTo(Math.max(0, ...values), 4)
  const y = (share: number): number => plot.bottom - (share / axis.end) * (plot.bottom - plot.top)
  const spots = lines.map(({ measures, tone }) =>
    measures.flatMap((one, place): ReadonlyArray<Spot> => {
      if (one === undefined) return []
      return [{ x: placeOf(place, stages.length), y: y(value(one)), value: value(one), tone }]
    })
  )
  return [
    text(title, { class: "title", x: 8, y: 16 }),
    text(note, { x: 8, y: 33 }),
    ...axis.ticks.map(
      (tick) =>
        element("line", { class: "grid", x1: plot.left, x2: plot.right, y1: y(tick), y2: y(tick) }) +
        text(String(Number((100 * tick).toFixed(6))), { x: plot.left - 8, y: y(tick) + 4, "text-anchor": "end" })
    ),
    ...stages.map(({ stage }, place) =>
      text(stageTitles[stage], {
        class: "stage",
        x: placeOf(place, stages.length),
        y: plot.bottom + 20,
        "text-anchor": "middle"
      })
    ),
    ...spots.map((ofLine) =>
      element("polyline", {
        class: `line set-${ofLine[0]?.tone ?? 0}`,
        points: ofLine.map((spot) => `${spot.x.toFixed(1)},${spot.y.toFixed(1)}`).join(" ")
      })
    ),
    ...spots.flat().map((spot) => element("circle", { class: `dot set-${spot.tone}`, cx: spot.x, cy: spot.y, r: 4 })),
    ...[...Map.groupBy(spots.flat(), ({ x }) => x).values()].flatMap(labels)
  ].join("")
}

const placeOf = (place: number, stages: number): number => {
  const [first, last] = [plot.left + inset, plot.right - inset]
  return stages < 2 ? (first + last) / 2 : first + (place / (stages - 1)) * (last - first)
}

/** The values of one stage: the highest over its point, the lowest under it; those between them are left to the page's table. */
const labels = (spots: ReadonlyArray<Spot>): ReadonlyArray<string> => {
  const sorted = spots.toSorted((left, right) => right.value - left.value)
  const [highest, lowest] = [sorted[0], sorted.length > 1 ? sorted.at(-1) : undefined]
  return [
    ...(highest === undefined ? [] : [label(highest, -9)]),
    ...(lowest === undefined ? [] : [label(lowest, lowest.y + 18 > plot.bottom ? -9 : 18)])
  ]
}

const label = ({ tone, value, x, y }: Spot, below: number): string =>
  text(percent(value), { class: `value set-${tone}`, x, y: y + below, "text-anchor": "middle" })

const inWords = (stages: ReadonlyArray<StageResult>, lines: ReadonlyArray<Line>): string =>
  lines
    .map(({ measures, set }) => {
      const courses = panels.map(({ title, value }) => {
        const course = measures.flatMap((one, place) =>
          one === undefined ? [] : [`${stageTitles[stages[place]?.stage ?? "base"]} ${percent(value(one))}`]
        )
        return `${title}: ${course.join(", ")}`
      })
      return `${set}. ${courses.join("; ")}.`
    })
    .join(" ")

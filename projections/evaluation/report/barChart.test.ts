import { describe, expect, it } from "vitest"
import { type BarChart, barChart } from "./barChart.ts"
import { axisTo } from "./ticks.ts"

const chart = (changes: Partial<BarChart>): string =>
  barChart({
    id: "c",
    title: "Title",
    description: "What it shows.",
    layout: "grouped",
    categories: ["a", "b"],
    series: [
      { name: "left", tone: 0, values: [1, 4] },
      { name: "right", tone: 1, values: [3, undefined] }
    ],
    xLabel: "x",
    yLabel: "y",
    format: String,
    formatTick: String,
    labelled: false,
    ...changes
  })

const barsOf = (svg: string) =>
  [...svg.matchAll(/<rect class="([^"]+)" x="([^"]+)" y="([^"]+)" width="[^"]+" height="([^"]+)"><title>([^<]+)/g)].map(
    ([, tone, x, y, height, label]) => ({ tone, x: Number(x), y: Number(y), height: Number(height), label })
  )

describe("a chart with bars side by side", () => {
  const bars = barsOf(chart({}))

  it("has a bar for each value that there is, named for who points at it", () =>
    expect(bars.map(({ label }) => label)).toEqual(["a, left: 1", "a, right: 3", "b, left: 4"]))

  it("draws heights in proportion, on one base line", () => {
    const [one, three, four] = bars
    expect((three?.height ?? 0) / (one?.height ?? 1)).toBeCloseTo(3, 1)
    expect((four?.height ?? 0) / (one?.height ?? 1)).toBeCloseTo(4, 1)
    expect(new Set(bars.map(({ y, height }) => Math.round(y + height))).size).toBe(1)
  })

  it("draws them from left to right", () =>
    expect(bars.map(({ x }) => x)).toEqual(bars.map(({ x }) => x).toSorted((a, b) => a - b)))
})

describe("a chart with bars on top of each other", () => {
  const [lower, upper] = barsOf(chart({ layout: "stacked" }))

  it("lets the next series begin where the last one ends", () => {
    expect(upper?.x).toBe(lower?.x)
    expect((upper?.y ?? 0) + (upper?.height ?? 0)).toBeCloseTo((lower?.y ?? 0) - 1, 1)
  })
})

it("a chart can have values over its bars and notes under its categories", () => {
  const svg = chart({ labelled: true, notes: ["n = 1", "n = 2"], format: (value) => `${value}!` })
  expect(svg).toContain(">3!</text>")
  expect(svg).toContain(">n = 2</text>")
})

it("a chart escapes what it is given", () =>
  expect(chart({ title: "<&>", categories: ["<a>", "b"] })).not.toMatch(/<&>|<a>/))

describe("an axis", () => {
  it.each([
    [1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [7, [0, 2, 4, 6, 8]],
    [12, [0, 2.5, 5, 7.5, 10, 12.5]],
    [100, [0, 20, 40, 60, 80, 100]],
    [0, [0, 1]]
  ])("to %d has round marks", (max, ticks) => expect(axisTo(max)).toEqual({ end: ticks.at(-1), ticks }))
})

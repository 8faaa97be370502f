import { assert, describe, it } from "@effect/vitest"
import type { StageResult } from "../stages.ts"
import { renderStagePlot } from "./stagePlot.ts"
import { curriculumEvents } from "./testing/curriculumLog.ts"
import { reportOf } from "./testing/reportOf.ts"

const { results } = reportOf(curriculumEvents())

const lines = (svg: string) =>
  [...svg.matchAll(/<polyline class="line (set-\d)" points="([^"]*)"/g)].map(([, set, points = ""]) => ({
    set,
    points: points.split(" ").map((point) => point.split(",").map(Number))
  }))

describe("the stage plot", () => {
  const svg = renderStagePlot(results)

  it("has a line of every set in each of four panels, from the first stage to the last, up where values rise", () => {
    assert.deepStrictEqual(
      lines(svg).map(({ set }) => set),
      Array.from({ length: 4 }, () => ["set-0", "set-1"]).flat()
    )
    for (const { points } of lines(svg)) {
      assert.lengthOf(points, 4)
      assert.deepStrictEqual(
        points.map(([x]) => x),
        points.map(([x]) => x).toSorted((left = 0, right = 0) => left - right)
      )
      assert.isAbove(points[0]?.[1] ?? 0, points[3]?.[1] ?? Number.POSITIVE_INFINITY)
    }
  })

  it("writes the values beside the points, and tells them in words", () => {
    assert.include(svg, "Exact match: Base 16.7, SFT 50.0, DPO 66.7, GRPO 83.3; F1:")
    assert.lengthOf([...svg.matchAll(/<text class="value /g)], 4 * 2 * 4)
  })

  it("stands alone, loads nothing, and leaves a page around it as it is", () => {
    assert.match(
      svg,
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" class="stage-plot" viewBox="0 0 880 \d+" width="880"/
    )
    assert.notMatch(svg.replace('xmlns="http://www.w3.org/2000/svg"', ""), /https?:|<script|url\(|@import/)
    const style = /<style>(.*?)<\/style>/s.exec(svg)?.[1] ?? ""
    const selectors = [...style.replace(/@media[^{]*\{/g, "").matchAll(/([^{}]+)\{/g)].flatMap(([, list = ""]) =>
      list.split(",")
    )
    assert.isTrue(selectors.every((selector) => selector.trim().startsWith(".stage-plot")))
  })

  it("can be drawn of one stage, of a stage that lacks a set, and of nothing", () => {
    const [base, sft] = results
    if (base === undefined || sft === undefined) throw new Error("expected two stages")
    const partial: StageResult = { stage: "sft", sets: sft.sets.slice(1) }
    for (const some of [[base], [base, partial], []]) assert.notMatch(renderStagePlot(some), /NaN|undefined|Infinity/)
    assert.deepStrictEqual(
      lines(renderStagePlot([base, partial])).map(({ points }) => points.length),
      Array.from({ length: 4 }, () => [1, 2]).flat()
    )
    assert.include(renderStagePlot([]), "Nothing was evaluated.")
  })

  it("shows names of sets as text", () => {
    const [base] = results
    const sets = (base?.sets ?? []).map((set) => ({ ...set, set: `<i>${set.set}` }))
    const drawn = renderStagePlot([{ stage: "base", sets }])
    assert.notInclude(drawn, "<i>")
    assert.include(drawn, "&lt;i&gt;true")
  })
})

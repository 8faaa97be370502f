import { describe, expect, it } from "vitest"
import type { EventOf } from "../../events/envelope.ts"
import { eventsOf } from "../testing/story.ts"
import { unbalanced } from "../testing/unbalanced.ts"
import { renderReport } from "./report.ts"
import { evaluationOf, rowsOf, workedEvents } from "./testing/rows.ts"

const reportOf = (events: typeof workedEvents) => {
  const started = events.find((event): event is EventOf<"RunStarted"> => event.type === "RunStarted")
  return renderReport(evaluationOf(events), rowsOf(events), started?.data)
}

describe("the report", () => {
  const report = reportOf(workedEvents)

  it("is one page that loads nothing and runs nothing", () => {
    expect(report).not.toMatch(/<script|<link|<img|\ssrc=|\shref=|url\(|@import|https?:/)
    expect(report.startsWith("<!doctype html>\n")).toBe(true)
  })

  it("closes what it opens", () => expect(unbalanced(report)).toEqual([]))

  it("shows six plots, each with a title, a description and its numbers", () => {
    expect(report.match(/<svg [^>]*role="img"/g)).toHaveLength(6)
    const labels = [...report.matchAll(/aria-labelledby="([^ ]+) ([^"]+)"/g)].flatMap(([, title, description]) => [
      title,
      description
    ])
    expect(new Set(labels).size).toBe(12)
    for (const id of labels) expect(report.split(`id="${id}"`)).toHaveLength(2)
    expect(report.match(/<summary>Numbers<\/summary>/g)).toHaveLength(6)
  })

  it("has the figures and the worked example", () => {
    expect(report).toContain("<b>66.7</b><span>F1, percent</span>")
    expect(report).toContain("<b>+100.0</b>")
    expect(report).toContain("usefulness says 0")
  })

  it("takes text of the log for text", () => {
    const query = `<img src=x onerror="alert('&')">`
    const questions = [{ id: "q", dataset: "<b>", trajectories: [{ answer: "</p>", rounds: [{ query, overlap: 2 }] }] }]
    const page = reportOf(eventsOf({ questions }))
    expect(page).not.toContain("<img")
    expect(page).toContain("&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;")
    expect(unbalanced(page)).toEqual([])
  })

  it("is the same bytes for the same log in any order", () => {
    const [started, ...rest] = workedEvents
    if (started === undefined) throw new Error("expected a run")
    expect(reportOf([started, ...rest.toReversed()])).toBe(report)
  })

  it("leaves out the plots that a run without branches or low queries has nothing for", () => {
    const page = reportOf(eventsOf({ questions: [{ id: "q", trajectories: [{}] }] }))
    expect(page).not.toContain("What refined queries changed")
    expect(page).not.toContain("Low-quality queries by round")
    expect(page).toContain("Rewards")
  })
})

import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { tags } from "../../method/protocol.ts"
import { passage, play } from "../testing/play.ts"

const Words = Schema.Literals(["", "Yu Rongguang", "  film\n", "düster 🎬 𝒳", "a < b </think> c"])
const Output = Schema.Array(Schema.Struct({ before: Words, query: Words })).check(Schema.isMaxLength(3))
const Outputs = Schema.Array(Output).check(Schema.isMaxLength(5))

const textOf = (output: typeof Output.Type): string =>
  output.map(({ before, query }) => `${before}${tags.search.open}${query}${tags.search.close}`).join("")

describe("a trajectory", () => {
  it.prop("says exactly where each of its parts lies", [Outputs], ([outputs]) => {
    const written = outputs.map(textOf)
    const search = (query: string) => [passage(query), passage("🎬")]
    const { end, retrieved } = play({ outputs: written, search })
    const { transcript, rounds, turns, trajectoryId } = end.data
    const cut = ({ start, end }: { start: number; end: number }) => transcript.slice(start, end)

    expect(turns.map(cut)).toEqual([...written, ""].slice(0, turns.length))
    expect(rounds.map(({ round, queryId }) => [round, queryId])).toEqual(
      rounds.map((_, i) => [i + 1, `${trajectoryId}:${i + 1}`])
    )
    for (const { query, queryEnd, resultStart, resultEnd, documentIds } of rounds) {
      const before = transcript.slice(0, queryEnd)
      const open = before.lastIndexOf(tags.search.open)
      expect(before.slice(open + tags.search.open.length, -tags.search.close.length).trim()).toBe(query)
      const result = cut({ start: resultStart, end: resultEnd })
      expect(result.startsWith(tags.result.open) && result.endsWith(tags.result.close)).toBe(true)
      // A document that quotes a tag is rendered with a blank in it.
      for (const id of documentIds) expect(result).toContain(id.replace("</think>", "< /think>"))
    }
    const parts = [
      ...turns.map(({ start, end }) => ({ start, end })),
      // The environment ends each result with a line break.
      ...rounds.map(({ resultStart, resultEnd }) => ({ start: resultStart, end: resultEnd + 1 }))
    ].sort((left, right) => left.start - right.start || left.end - right.end)
    expect(tags.think.open + parts.map(cut).join("")).toBe(transcript)
    for (const { data } of retrieved) expect(transcript.startsWith(data.transcript)).toBe(true)
  })
})

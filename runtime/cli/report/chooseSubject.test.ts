import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { chooseSubject, type Known } from "./chooseSubject.ts"

const known: Known = { curricula: ["atlas", "atlas-2"], runs: ["quickstart", "atlas-sft", "atlas-2-sft"] }
const refused = (name: string | undefined, some: Known): string =>
  Result.getOrThrow(Result.flip(chooseSubject(name, some)))

describe("what a report is about", () => {
  it.each([
    ["atlas", { kind: "curriculum", name: "atlas" }],
    ["atlas-sft", { kind: "run", name: "atlas-sft" }],
    [undefined, { kind: "curriculum", name: "atlas-2" }]
  ] as const)("%s is found", (name, subject) => {
    assert.deepStrictEqual(chooseSubject(name, known), Result.succeed(subject))
  })

  it("is the newest run where no name is given and there is no curriculum", () => {
    const runs = ["first", "second"]
    assert.deepStrictEqual(
      chooseSubject(undefined, { curricula: [], runs }),
      Result.succeed({ kind: "run", name: "second" })
    )
  })

  it("is refused in one line that lists what there is", () => {
    assert.strictEqual(
      refused("altas", known),
      'no curriculum or run "altas" (did you mean "atlas"?): the log has the curricula atlas, atlas-2 and the runs quickstart, atlas-sft, atlas-2-sft'
    )
    assert.strictEqual(
      refused("x", { curricula: [], runs: Array.from({ length: 10 }, (_, i) => `r${i}`) }),
      'no curriculum or run "x": the log has the runs r2, r3, r4, r5, r6, r7, r8, r9 (and 2 older)'
    )
    assert.strictEqual(refused("x", { curricula: [], runs: [] }), 'no curriculum or run "x": the log has none')
    assert.strictEqual(refused(undefined, { curricula: [], runs: [] }), "the log has no curriculum and no run yet")
  })
})

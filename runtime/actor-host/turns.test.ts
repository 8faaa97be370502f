import { assert, describe, it } from "vitest"
import { Turns } from "./turns.ts"

/** Work that writes down what becomes of it. */
const recorded = (told: Array<string>, name: string) => ({
  begin: () => void told.push(`${name} begins`),
  giveBack: () => void told.push(`${name} goes back`)
})

describe("turns", () => {
  it("lets so much begin as there is room for, and the rest in order", () => {
    const told: Array<string> = []
    const turns = new Turns(2)
    for (const name of ["a", "b", "c", "d"]) turns.take(recorded(told, name))
    assert.deepStrictEqual(told, ["a begins", "b begins"])
    turns.done()
    turns.done()
    turns.done()
    turns.take(recorded(told, "e"))
    assert.deepStrictEqual(told.slice(2), ["c begins", "d begins", "e begins"])
  })

  it("gives back what waits when it closes, and what comes after", () => {
    const told: Array<string> = []
    const turns = new Turns(1)
    for (const name of ["a", "b", "c"]) turns.take(recorded(told, name))
    turns.close()
    turns.done()
    turns.take(recorded(told, "d"))
    assert.deepStrictEqual(told, ["a begins", "b goes back", "c goes back", "d goes back"])
  })
})

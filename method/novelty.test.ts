import { describe, expect, it } from "vitest"
import { isNovel, noveltyFeedback, overlap } from "./novelty.ts"

describe("overlap", () => {
  it.each<[behaviour: string, retrieved: Array<string>, earlier: Array<string>, known: Array<string>]>([
    ["is empty in the first round", ["a", "b"], [], []],
    ["is empty when nothing was found", [], ["a"], []],
    ["holds what earlier rounds retrieved", ["a", "b", "c"], ["c", "x", "a"], ["a", "c"]],
    ["keeps the retrieved order", ["c", "b", "a"], ["a", "b", "c"], ["c", "b", "a"]],
    ["names a document once, however often it came", ["a", "a", "b"], ["a", "a"], ["a"]],
    ["tells ids apart exactly", ["A", "a "], ["a"], []]
  ])("%s", (_, retrieved, earlier, known) => {
    expect(overlap(retrieved, earlier)).toEqual(known)
  })
})

describe("isNovel", () => {
  it.each([
    [0, 1, true],
    [1, 1, true],
    [2, 1, false],
    [5, 1, false],
    [0, 0, true],
    [1, 0, false],
    [3, 3, true],
    [4, 3, false]
  ])("with %i known documents where %i are allowed: %s", (count, maxOverlap, novel) => {
    expect(isNovel(count, maxOverlap)).toBe(novel)
  })
})

describe("noveltyFeedback", () => {
  it.each([
    [0, 1, "The query is novel: it retrieved 0 documents that earlier rounds had already retrieved (allowed: 1)."],
    [1, 1, "The query is novel: it retrieved 1 document that earlier rounds had already retrieved (allowed: 1)."],
    [3, 1, "The query is redundant: it retrieved 3 documents that earlier rounds had already retrieved (allowed: 1)."]
  ])("for %i of %i says so", (count, maxOverlap, text) => {
    expect(noveltyFeedback(count, maxOverlap)).toBe(text)
  })
})

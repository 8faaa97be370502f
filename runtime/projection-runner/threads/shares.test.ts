import { describe, expect, it } from "vitest"
import { hashes } from "../segments/correlation.ts"
import { divide } from "./shares.ts"

const sizes = (segments: number, threads: number) =>
  divide(segments, threads).map((end, i, ends) => (end - (ends[i - 1] ?? 0)) / hashes)

describe("the division of a log among threads", () => {
  it("covers every hash once", () => {
    for (const segments of [0, 1, 9, 10, 25, 1000]) {
      for (const threads of [1, 2, 3, 8]) {
        const ends = divide(segments, threads)
        expect(ends.at(-1)).toBe(hashes)
        expect(ends).toEqual([...ends].sort((a, b) => a - b))
        expect(ends.length).toBeLessThanOrEqual(threads)
      }
    }
  })

  it("starts no thread for a log that is folded sooner than a thread starts", () => {
    expect(divide(9, 2)).toEqual([hashes])
  })

  it("gives the thread that is running already more, and the others alike", () => {
    const [own = 0, ...others] = sizes(40, 3)
    expect(others[0]).toBeCloseTo(others[1] ?? 0)
    // It folds what the others fold, and what it could have folded while they were starting.
    expect(own * 40).toBeCloseTo((others[0] ?? 0) * 40 + 5)
    expect(sizes(100_000, 2)[0]).toBeCloseTo(0.5, 3)
  })
})

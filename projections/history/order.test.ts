import { describe, expect, it } from "@effect/vitest"
import { type CanonicalKey, compareBranches, compareCanonical } from "./order.ts"

const key = (part: Partial<CanonicalKey>): CanonicalKey => ({
  dataset: "demo",
  questionId: "q",
  runId: "run",
  sample: 0,
  branch: [],
  trajectoryId: "t",
  ...part
})

describe("the canonical order", () => {
  it("puts a parent before its branches and compares paths by number, not by text", () => {
    const paths = [[10], [2, 1], [], [2], [1, 3]]
    expect(paths.sort(compareBranches)).toEqual([[], [1, 3], [2], [2, 1], [10]])
  })

  it("looks at dataset, question, run, sample and branch in this order", () => {
    const ordered = [
      key({ dataset: "a", questionId: "z", sample: 9 }),
      key({ questionId: "Q" }),
      key({ runId: "run", sample: 2, branch: [1] }),
      key({ runId: "run", sample: 10 }),
      key({ runId: "run2", sample: 0 })
    ]
    expect([...ordered].reverse().sort(compareCanonical)).toEqual(ordered)
  })
})

import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { type Candidate, type PreferencePair, pairPaper, pairReference, pairSamples, preference } from "./pairing.ts"

const initial = (id: string, answer: "right" | "wrong", nCorrect: number, nWrong: number): Candidate => ({
  id,
  origin: "initial",
  correct: answer === "right",
  nCorrect,
  nWrong
})
const branch = (...args: Parameters<typeof initial>): Candidate => ({ ...initial(...args), origin: "branch" })

const written = (pairs: ReadonlyArray<PreferencePair>) =>
  pairs.map(({ chosen, rejected, rule }) => `${chosen} > ${rejected}: ${rule}`)

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))
const AnyCandidate = Schema.Struct({
  origin: Schema.Literals(["initial", "branch"]),
  correct: Schema.Boolean,
  nCorrect: Count,
  nWrong: Count
})
const numbered = (candidates: ReadonlyArray<typeof AnyCandidate.Type>): ReadonlyArray<Candidate> =>
  candidates.map((candidate, i) => ({ ...candidate, id: String(i) }))

describe("preference", () => {
  const ranked: ReadonlyArray<[behaviour: string, left: Candidate, right: Candidate, rule: string | undefined]> = [
    ["correct over incorrect", initial("a", "right", 0, 5), branch("b", "wrong", 5, 0), "outcome"],
    ["never incorrect over correct", initial("a", "wrong", 5, 0), branch("b", "right", 0, 5), undefined],
    ["among correct, fewer low-quality", initial("a", "right", 0, 1), branch("b", "right", 9, 2), "fewer-low-quality"],
    ["among correct, not more high-quality", initial("a", "right", 9, 1), branch("b", "right", 0, 1), undefined],
    [
      "among incorrect, more high-quality",
      initial("a", "wrong", 2, 9),
      branch("b", "wrong", 1, 0),
      "more-high-quality"
    ],
    ["among incorrect, not fewer low-quality", initial("a", "wrong", 1, 0), branch("b", "wrong", 1, 9), undefined]
  ]
  it.each(ranked)("%s", (_, left, right, rule) => {
    expect(preference(left, right)).toBe(rule)
  })

  it.prop("is a strict weak order", [AnyCandidate, AnyCandidate, AnyCandidate], ([first, second, third]) => {
    const [a, b, c] = [
      { ...first, id: "a" },
      { ...second, id: "b" },
      { ...third, id: "c" }
    ] as const
    const over = (left: Candidate, right: Candidate) => preference(left, right) !== undefined
    const tied = (left: Candidate, right: Candidate) => !over(left, right) && !over(right, left)
    expect(over(a, a)).toBe(false)
    if (over(a, b)) expect(over(b, a)).toBe(false)
    if (over(a, b) && over(b, c)) expect(over(a, c)).toBe(true)
    if (tied(a, b) && tied(b, c)) expect(tied(a, c)).toBe(true)
  })
})

describe("pairs of one question", () => {
  it.each<[behaviour: string, candidates: ReadonlyArray<Candidate>, reference: Array<string>, paper: Array<string>]>([
    ["none without candidates", [], [], []],
    ["none without branches", [initial("i", "right", 1, 0), initial("j", "wrong", 0, 1)], [], []],
    ["none without an initial trajectory", [branch("b", "right", 1, 0), branch("c", "wrong", 0, 1)], [], []],
    ["none when all are alike", [initial("i", "right", 1, 1), branch("b", "right", 2, 1)], [], []],
    [
      "a correct branch over an incorrect initial",
      [initial("i", "wrong", 1, 1), branch("b", "right", 2, 0)],
      ["b > i: outcome"],
      ["b > i: outcome"]
    ],
    [
      "of correct branches the one with the fewest low-quality queries",
      [initial("i", "wrong", 1, 1), branch("b", "right", 2, 2), branch("c", "right", 1, 1)],
      ["c > i: outcome"],
      ["c > i: outcome"]
    ],
    [
      "of correct branches on ties the first",
      [initial("i", "wrong", 1, 1), branch("b", "right", 1, 1), branch("c", "right", 9, 1)],
      ["b > i: outcome"],
      ["b > i: outcome"]
    ],
    [
      "a correct initial over the incorrect branch with the fewest high-quality queries",
      [initial("i", "right", 1, 0), branch("b", "wrong", 2, 0), branch("c", "wrong", 1, 9)],
      ["i > c: outcome"],
      ["i > c: outcome"]
    ],
    [
      "of incorrect branches on ties the first",
      [initial("i", "right", 1, 0), branch("b", "wrong", 1, 0), branch("c", "wrong", 1, 9)],
      ["i > b: outcome"],
      ["i > b: outcome"]
    ],
    [
      "only the paper's order tells two correct ones apart",
      [initial("i", "right", 1, 2), branch("b", "right", 1, 1)],
      [],
      ["b > i: fewer-low-quality"]
    ],
    [
      "only the paper's order tells two incorrect ones apart",
      [initial("i", "wrong", 1, 0), branch("b", "wrong", 2, 0)],
      [],
      ["b > i: more-high-quality"]
    ],
    [
      "the paper's order also chooses an initial that its refinement made worse",
      [initial("i", "wrong", 1, 0), branch("b", "wrong", 0, 0)],
      [],
      ["i > b: more-high-quality"]
    ],
    [
      "an initial in the middle is rejected once and chosen once",
      [initial("i", "right", 1, 1), branch("b", "right", 1, 0), branch("c", "wrong", 0, 0), branch("d", "right", 0, 3)],
      ["i > c: outcome"],
      ["b > i: fewer-low-quality", "i > c: outcome"]
    ],
    [
      "every initial of the question meets the branches of all",
      [
        initial("i", "right", 1, 0),
        branch("b", "wrong", 0, 1),
        initial("j", "wrong", 1, 0),
        branch("c", "right", 1, 1)
      ],
      ["i > b: outcome", "c > j: outcome"],
      ["i > b: outcome", "c > j: outcome", "j > b: more-high-quality"]
    ]
  ])("%s", (_, candidates, reference, paper) => {
    expect(written(pairReference(candidates))).toEqual(reference)
    expect(written(pairPaper(candidates))).toEqual(paper)
  })

  it.prop(
    "prefer the chosen strictly and join an initial trajectory and a branch",
    [Schema.Array(AnyCandidate)],
    ([some]) => {
      const candidates = numbered(some)
      const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]))
      for (const { chosen, rejected, rule } of pairPaper(candidates)) {
        const left = byId.get(chosen)
        const right = byId.get(rejected)
        if (left === undefined || right === undefined) throw new Error("a pair names an unknown candidate")
        expect(preference(left, right)).toBe(rule)
        expect(new Set([left.origin, right.origin]).size).toBe(2)
      }
    }
  )

  it.prop("are, by the reference rule, what the public code takes", [Schema.Array(AnyCandidate)], ([some]) => {
    const candidates = numbered(some)
    const fewest = (correct: boolean, count: (candidate: Candidate) => number) =>
      candidates
        .filter((candidate) => candidate.origin === "branch" && candidate.correct === correct)
        .toSorted((left, right) => count(left) - count(right))
        .at(0)
    const expected = candidates
      .filter(({ origin }) => origin === "initial")
      .flatMap((one) => {
        const other = one.correct ? fewest(false, (c) => c.nCorrect) : fewest(true, (c) => c.nWrong)
        if (other === undefined) return []
        return one.correct ? [`${one.id} > ${other.id}: outcome`] : [`${other.id} > ${one.id}: outcome`]
      })
    expect(written(pairReference(candidates))).toEqual(expected)
  })
})

describe("the pair of one question's samples", () => {
  it.each<[behaviour: string, candidates: ReadonlyArray<Candidate>, pairs: Array<string>]>([
    ["none without samples", [], []],
    ["none of a single one", [initial("i", "right", 1, 0)], []],
    ["none of samples that are all alike", [initial("i", "right", 1, 1), initial("j", "right", 2, 1)], []],
    [
      "a correct one over an incorrect one",
      [initial("i", "wrong", 3, 0), initial("j", "right", 0, 3)],
      ["j > i: outcome"]
    ],
    [
      "of correct ones the one with fewer low-quality queries",
      [initial("i", "right", 1, 2), initial("j", "right", 1, 1)],
      ["j > i: fewer-low-quality"]
    ],
    [
      "of incorrect ones the one with more high-quality queries",
      [initial("i", "wrong", 2, 2), initial("j", "wrong", 1, 0)],
      ["i > j: more-high-quality"]
    ],
    [
      "the best over the worst, and none in between",
      [
        initial("i", "wrong", 1, 0),
        initial("j", "right", 1, 1),
        initial("k", "wrong", 0, 0),
        initial("l", "right", 1, 0)
      ],
      ["l > k: outcome"]
    ],
    [
      "on ties the first of the best and the first of the worst",
      [
        initial("i", "wrong", 0, 1),
        initial("j", "wrong", 0, 0),
        initial("k", "right", 2, 0),
        initial("l", "right", 1, 0)
      ],
      ["k > i: outcome"]
    ],
    [
      "never a branch, however good or bad",
      [
        initial("i", "right", 1, 1),
        branch("b", "right", 1, 0),
        branch("c", "wrong", 0, 0),
        initial("j", "right", 1, 2)
      ],
      ["i > j: fewer-low-quality"]
    ],
    ["none of a single one and its branches", [initial("i", "wrong", 1, 0), branch("b", "right", 1, 0)], []]
  ])("%s", (_, candidates, pairs) => {
    expect(written(pairSamples(candidates))).toEqual(pairs)
  })

  it.prop(
    "is of two unequal samples that none of the others beats, or is beaten by",
    [Schema.Array(AnyCandidate)],
    ([some]) => {
      const samples = numbered(some).filter(({ origin }) => origin === "initial")
      const pairs = pairSamples(numbered(some))
      const differ = samples.some((one) => samples.some((other) => preference(one, other) !== undefined))
      expect(pairs).toHaveLength(differ ? 1 : 0)
      for (const { chosen, rejected, rule } of pairs) {
        const best = samples.find(({ id }) => id === chosen)
        const worst = samples.find(({ id }) => id === rejected)
        if (best === undefined || worst === undefined) throw new Error("a pair names no sample")
        expect(preference(best, worst)).toBe(rule)
        for (const other of samples) {
          expect(preference(other, best)).toBeUndefined()
          expect(preference(worst, other)).toBeUndefined()
        }
      }
    }
  )
})

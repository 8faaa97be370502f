import { describe, expect, it } from "vitest"
import { type AssessmentInput, assess, assessRound, paperRules, type RoundScores, type ScoreOfRound } from "./assess.ts"
import { combinationOf, parseCombination } from "./combination.ts"

const round = (scores: Readonly<Record<string, ScoreOfRound>>): RoundScores => ({
  scores: new Map(Object.entries(scores))
})

const novelty = (overlap: number): ScoreOfRound => ({
  kind: "value",
  value: overlap > 1 ? 0 : 1,
  explanation: "rule",
  overlap
})
const judged = (value: number): ScoreOfRound => ({ kind: "value", value, explanation: `The judge says ${value}.` })
const unparsed: ScoreOfRound = { kind: "unparsed", explanation: "no score in the reply" }

const redundant = (known: number, allowed: number) =>
  `The query is redundant: it retrieved ${known} documents that earlier rounds had already retrieved (allowed: ${allowed}).`

const high = round({ novelty: novelty(0), usefulness: judged(1) })
const low = round({ novelty: novelty(0), usefulness: judged(0) })

describe("assessRound by the paper's rules", () => {
  it.each<[behaviour: string, scores: Record<string, ScoreOfRound>, quality: string, feedback: string]>([
    ["novel and useful", { novelty: novelty(0), usefulness: judged(1) }, "high", ""],
    ["an overlap of exactly K", { novelty: novelty(1), usefulness: judged(1) }, "high", ""],
    ["an overlap of K + 1", { novelty: novelty(2), usefulness: judged(1) }, "low", redundant(2, 1)],
    ["novel but useless", { novelty: novelty(0), usefulness: judged(0) }, "low", "The judge says 0."],
    [
      "redundant and useless",
      { usefulness: judged(0), novelty: novelty(5) },
      "low",
      `${redundant(5, 1)}\nThe judge says 0.`
    ],
    [
      "useful to a degree below the threshold",
      { novelty: novelty(0), usefulness: judged(0.9) },
      "low",
      "The judge says 0.9."
    ],
    ["an unreadable judgement", { novelty: novelty(0), usefulness: unparsed }, "unparsed", ""],
    [
      "redundant whatever the unreadable judgement meant",
      { novelty: novelty(2), usefulness: unparsed },
      "low",
      redundant(2, 1)
    ],
    ["not judged yet", { novelty: novelty(0) }, "unscored", ""],
    ["redundant and not judged yet", { novelty: novelty(2) }, "low", redundant(2, 1)],
    ["no score at all", {}, "unscored", ""],
    ["a scorer that nobody asked for", { novelty: novelty(0), usefulness: judged(1), style: judged(0) }, "high", ""],
    [
      "a person's novelty verdict, which no overlap revises",
      { novelty: { kind: "value", value: 0, explanation: " Same page, other id. " }, usefulness: judged(1) },
      "low",
      "Same page, other id."
    ],
    [
      "a scorer without words",
      { novelty: novelty(0), usefulness: { kind: "value", value: 0, explanation: " " } },
      "low",
      ""
    ]
  ])("%s", (_, scores, quality, feedback) => {
    expect(assessRound(round(scores), paperRules)).toEqual({ quality, feedback })
  })
})

describe("assessRound by other rules", () => {
  it("derives novelty anew for another K, verdict and words", () => {
    const scores = round({ novelty: novelty(2), usefulness: judged(1) })
    const allowing = (maxOverlap: number) => ({ ...paperRules, novelty: { maxOverlap } })
    expect(assessRound(scores, allowing(2))).toEqual({ quality: "high", feedback: "" })
    expect(assessRound(scores, allowing(0))).toEqual({ quality: "low", feedback: redundant(2, 0) })
  })

  it("calls a scorer high from its own threshold on", () => {
    const rules = { ...paperRules, thresholds: { usefulness: 0.5 } }
    const scored = (value: number) => round({ novelty: novelty(0), usefulness: judged(value) })
    expect(assessRound(scored(0.5), rules).quality).toBe("high")
    expect(assessRound(scored(0.49), rules).quality).toBe("low")
  })

  it("asks only the scorers of its combination", () => {
    const rules = { ...paperRules, combination: combinationOf({ kind: "scorer", name: "usefulness" }) }
    expect(assessRound(round({ novelty: novelty(5), usefulness: judged(1) }), rules).quality).toBe("high")
  })

  it("blames a scorer under a not for its high verdict", () => {
    const parsed = parseCombination("usefulness and not leaking")
    if (!parsed.ok) throw new Error(parsed.message)
    const scores = round({ usefulness: judged(1), leaking: judged(1) })
    expect(assessRound(scores, { ...paperRules, combination: parsed.combination })).toEqual({
      quality: "low",
      feedback: "The judge says 1."
    })
  })
})

describe("assess", () => {
  const input = (
    rounds: ReadonlyArray<RoundScores>,
    f1: number,
    more: Partial<AssessmentInput> = {}
  ): AssessmentInput => ({
    rounds,
    answer: { em: 0, f1, precision: f1, recall: f1, acc: 0 },
    formatOk: true,
    brokenTag: false,
    ...more
  })
  const outcome = (nCorrect: number, nWrong: number, complete: boolean, correct: boolean, reward: number) => ({
    nCorrect,
    nWrong,
    complete,
    correct,
    reward
  })

  it.each<[behaviour: string, input: AssessmentInput, expected: ReturnType<typeof outcome>]>([
    ["correct with good queries", input([high, high], 1), outcome(2, 0, true, true, 1.1)],
    ["correct with a bad query", input([high, low], 1), outcome(1, 1, true, true, 1)],
    ["correct from F1 0.8 on", input([low], 0.8), outcome(0, 1, true, true, 1)],
    ["incorrect just below", input([high], 0.79), outcome(1, 0, true, false, 0.2)],
    ["incorrect with many good queries", input([high, high, high, high], 0), outcome(4, 0, true, false, 0.4)],
    ["without a search", input([], 1), outcome(0, 0, true, true, 1.1)],
    ["in a wrong format", input([high], 1, { formatOk: false }), outcome(1, 0, true, true, 1)],
    ["with a broken tag", input([high], 1, { brokenTag: true }), outcome(1, 0, true, true, 0)],
    ["with a round not scored", input([high, round({})], 1), outcome(1, 0, false, true, 1.1)],
    [
      "with a score nobody could read",
      input([low, round({ novelty: novelty(0), usefulness: unparsed })], 1),
      outcome(0, 1, false, true, 1)
    ]
  ])("a trajectory %s", (_, given, expected) => {
    const { rounds, ...rest } = assess(given, paperRules)
    expect(rest).toEqual(expected)
    expect(rounds).toHaveLength(given.rounds.length)
  })

  it("reports every round in order", () => {
    expect(assess(input([low, high], 1), paperRules).rounds).toEqual([
      { quality: "low", feedback: "The judge says 0." },
      { quality: "high", feedback: "" }
    ])
  })

  it("follows another F1 threshold and other reward constants", () => {
    const rules = { ...paperRules, f1Threshold: 0.5, reward: { ...paperRules.reward, penalty: 0.05, format: 0 } }
    expect(assess(input([low], 0.5), rules)).toMatchObject({ correct: true, reward: 0.95 })
  })
})

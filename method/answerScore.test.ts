import { readFileSync } from "node:fs"
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { normalizeAnswer, scoreAnswer } from "./answerScore.ts"

describe("normalizeAnswer", () => {
  it.each<[behaviour: string, text: string, normalized: string]>([
    ["lowers the case", "PARIS", "paris"],
    ["drops ASCII punctuation without leaving a gap", "U.S.A. - it's!", "usa its"],
    ["keeps other punctuation", "“Paris” – 2024", "“paris” – 2024"],
    ["drops articles", "The cat and a dog in an ark", "cat and dog in ark"],
    ["keeps articles inside words", "Theory of Anatomy", "theory of anatomy"],
    ["keeps an article that punctuation joined to a word", "the-end", "theend"],
    ["knows letters of all scripts at word boundaries", "éa a ña", "éa ña"],
    ["squeezes white space of all kinds", " a\u00a0b \t\n c\u3000d ", "b c d"],
    ["makes nothing of articles only", "The a AN", ""]
  ])("%s", (_, text, normalized) => {
    expect(normalizeAnswer(text)).toBe(normalized)
  })
})

describe("scoreAnswer", () => {
  const all = (value: number) => ({ em: value, f1: value, precision: value, recall: value, acc: value })

  it.each<[behaviour: string, prediction: string, golds: ReadonlyArray<string>, score: ReturnType<typeof all>]>([
    ["equals after normalisation", "The Beatles!", ["beatles"], all(1)],
    ["matches nothing", "Paris", ["London"], all(0)],
    [
      "matches in part",
      "Barack Hussein Obama",
      ["Barack Obama"],
      { em: 0, f1: 0.8, precision: 2 / 3, recall: 1, acc: 0 }
    ],
    ["contains the gold answer", "in Paris today", ["Paris"], { em: 0, f1: 0.5, precision: 1 / 3, recall: 1, acc: 1 }],
    [
      "counts a repeated token as often as both have it",
      "a b b b",
      ["b b c"],
      { em: 0, f1: 2 / 3, precision: 2 / 3, recall: 2 / 3, acc: 0 }
    ],
    ["takes the best gold answer", "NYC", ["New York City", "nyc"], all(1)],
    [
      "takes the best of each measure",
      "a1 b1 c1",
      ["a1", "a1 b1 c1 d1 e1 f1"],
      { em: 0, f1: 2 / 3, precision: 1, recall: 1, acc: 1 }
    ],
    ["is empty", "", ["Paris"], all(0)],
    ["is empty and so is the gold answer", "", [""], { ...all(0), em: 1, acc: 1 }],
    ["has no gold answer", "Paris", [], all(0)],
    ["is yes as it should be", "Yes.", ["yes"], all(1)],
    ["is yes instead of no", "yes", ["no"], all(0)],
    ["is yes instead of a phrase with yes in it", "yes", ["yes it is"], all(0)],
    ["is a phrase instead of yes", "yes it is", ["yes"], { ...all(0), acc: 1 }],
    ["is a phrase instead of no", "no one", ["no"], { ...all(0), acc: 1 }],
    ["is noanswer instead of a phrase", "noanswer", ["noanswer given"], all(0)],
    ["may still match another gold answer", "yes indeed", ["yes", "yes indeed"], all(1)]
  ])("a prediction that %s", (_, prediction, golds, score) => {
    const scored = scoreAnswer(prediction, golds)
    for (const [measure, value] of Object.entries(score))
      expect(scored).toHaveProperty(measure, expect.closeTo(value, 12))
  })

  it("gives an F1 of four fifths exactly, so that a threshold of 0.8 admits it", () => {
    expect(scoreAnswer("a1 b1 c1 d1 e1 f1 g1", ["a1 b1 c1 d1 e1 f1 x1 y1"]).f1).toBe(0.8)
  })
})

describe("the official HotpotQA scorer", () => {
  const Row = Schema.Struct({
    prediction: Schema.String,
    gold: Schema.String,
    norm_pred: Schema.String,
    norm_gold: Schema.String,
    hotpot_em: Schema.Finite,
    hotpot_f1: Schema.Finite,
    hotpot_prec: Schema.Finite,
    hotpot_recall: Schema.Finite
  })
  const rows = readFileSync(new URL("../test/fixtures/em_f1_conformance.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => Schema.decodeSync(Schema.fromJsonString(Row))(line))

  it("has scored 1,137 recorded answers", () => {
    expect(rows).toHaveLength(1137)
  })

  it("normalises every one of them as we do", () => {
    const differing = rows.filter(
      (row) => normalizeAnswer(row.prediction) !== row.norm_pred || normalizeAnswer(row.gold) !== row.norm_gold
    )
    expect(differing).toEqual([])
  })

  it("gives each the em, F1, precision and recall that we give", () => {
    const differing = rows.filter((row) => {
      const score = scoreAnswer(row.prediction, [row.gold])
      const deviations = [
        score.em - row.hotpot_em,
        score.f1 - row.hotpot_f1,
        score.precision - row.hotpot_prec,
        score.recall - row.hotpot_recall
      ]
      return deviations.some((deviation) => Math.abs(deviation) > 1e-6)
    })
    expect(differing).toEqual([])
  })
})

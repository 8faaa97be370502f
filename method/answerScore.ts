/**
 * How well a predicted answer matches the gold answers, each measure between 0 and 1 (em and acc are 0 or 1). Each is the
 * best over all gold answers on its own, so that precision and F1 may stem from different ones.
 */
export interface AnswerScore {
  /** Exact match after normalisation. */
  readonly em: number
  /** Harmonic mean of token precision and recall. */
  readonly f1: number
  readonly precision: number
  readonly recall: number
  /** Whether the normalised prediction contains a normalised gold answer. */
  readonly acc: number
}

/**
 * SQuAD's normalisation: lower case, no ASCII punctuation, no words a, an, the, single spaces.
 *
 * Word boundaries know all scripts: the "a" of "é a" is an article, the "a" of "éa" is not.
 */
export const normalizeAnswer = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, "")
    .replace(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, " ")
    .split(/\p{White_Space}+/u)
    .filter((token) => token !== "")
    .join(" ")

const nothing: AnswerScore = { em: 0, f1: 0, precision: 0, recall: 0, acc: 0 }

/**
 * Scores a prediction by the official HotpotQA rule: token overlap as multisets, and no overlap at all when one side is
 * yes, no or noanswer and the other side is not the same word. An empty prediction has F1 0 even against an empty gold
 * answer (its em is 1). Without gold answers everything is 0.
 */
export const scoreAnswer = (prediction: string, goldenAnswers: ReadonlyArray<string>): AnswerScore => {
  const predicted = normalizeAnswer(prediction)
  return goldenAnswers.map((golden) => scoreNormalized(predicted, normalizeAnswer(golden))).reduce(best, nothing)
}

const best = (left: AnswerScore, right: AnswerScore): AnswerScore => ({
  em: Math.max(left.em, right.em),
  f1: Math.max(left.f1, right.f1),
  precision: Math.max(left.precision, right.precision),
  recall: Math.max(left.recall, right.recall),
  acc: Math.max(left.acc, right.acc)
})

const closed: ReadonlyArray<string> = ["yes", "no", "noanswer"]

const scoreNormalized = (predicted: string, golden: string): AnswerScore => {
  const em = predicted === golden ? 1 : 0
  const acc = predicted.includes(golden) ? 1 : 0
  if (em === 0 && (closed.includes(predicted) || closed.includes(golden))) return { ...nothing, acc }
  const predictedTokens = tokensOf(predicted)
  const goldenTokens = tokensOf(golden)
  const same = overlapSize(predictedTokens, goldenTokens)
  if (same === 0) return { ...nothing, em, acc }
  return {
    em,
    // One division of integers: an F1 of exactly 4/5 is then never rounded below a threshold of 0.8.
    f1: (2 * same) / (predictedTokens.length + goldenTokens.length),
    precision: same / predictedTokens.length,
    recall: same / goldenTokens.length,
    acc
  }
}

const tokensOf = (normalized: string): ReadonlyArray<string> => (normalized === "" ? [] : normalized.split(" "))

const overlapSize = (left: ReadonlyArray<string>, right: ReadonlyArray<string>): number => {
  const remaining = new Map<string, number>()
  for (const token of right) remaining.set(token, (remaining.get(token) ?? 0) + 1)
  let same = 0
  for (const token of left) {
    const left = remaining.get(token) ?? 0
    if (left === 0) continue
    remaining.set(token, left - 1)
    same++
  }
  return same
}

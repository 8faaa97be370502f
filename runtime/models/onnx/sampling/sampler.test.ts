import { assert, describe, it } from "vitest"
import { seededRandom } from "../../random.ts"
import { type DrawRules, makeSampler } from "./sampler.ts"
import { softmaxWeights } from "./softmaxWeights.ts"

const logits = Float32Array.of(1, 3, 2, -1, 2.5, 0)
const sampler = makeSampler(logits.length)

const probabilities = (temperature: number): ReadonlyArray<number> => {
  const weights = [...logits].map((logit) => Math.exp(logit / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

const draws = 20_000

/** Pearson's statistic of many draws against a distribution; tokens of probability 0 must not be drawn. */
const chiSquare = (rules: DrawRules, expected: ReadonlyArray<number>): number => {
  const random = seededRandom(5, "chi square")
  const counts = expected.map(() => 0)
  for (let i = 0; i < draws; i++) {
    const { id } = sampler.draw(logits, rules, random, 0)
    counts[id] = (counts[id] ?? 0) + 1
  }
  return expected.reduce((sum, share, id) => {
    const count = counts[id] ?? 0
    if (share === 0) return count === 0 ? sum : Number.POSITIVE_INFINITY
    return sum + (count - share * draws) ** 2 / (share * draws)
  }, 0)
}

/** The distribution with all but some tokens left out. */
const among = (shares: ReadonlyArray<number>, ids: ReadonlyArray<number>): ReadonlyArray<number> => {
  const total = ids.reduce((sum, id) => sum + (shares[id] ?? 0), 0)
  return shares.map((share, id) => (ids.includes(id) ? share / total : 0))
}

/** Exceeded by chance once in a thousand times with five degrees of freedom. */
const limit = 20.5

describe("a sampler", () => {
  const rules = (changes: Partial<DrawRules>): DrawRules => ({ temperature: 1, topK: 0, topP: 1, ...changes })

  it("draws from the softmax at the temperature", () => {
    for (const temperature of [0.5, 1, 1.7]) {
      assert.isBelow(chiSquare(rules({ temperature }), probabilities(temperature)), limit)
    }
    assert.isAbove(chiSquare(rules({ temperature: 1.1 }), probabilities(1)), limit)
  })

  it("draws from the likeliest k only", () => {
    assert.isBelow(chiSquare(rules({ topK: 3 }), among(probabilities(1), [1, 4, 2])), limit)
    assert.isBelow(chiSquare(rules({ topK: 1 }), among(probabilities(1), [1])), limit)
    assert.isBelow(chiSquare(rules({ topK: 100 }), probabilities(1)), limit)
  })

  it("draws from as few tokens as have the share p together", () => {
    // 0.45, 0.27, 0.17, 0.06, 0.02, 0.01 in the order 1, 4, 2, 0, 5, 3.
    assert.isBelow(chiSquare(rules({ topP: 0.44 }), among(probabilities(1), [1])), limit)
    assert.isBelow(chiSquare(rules({ topP: 0.5 }), among(probabilities(1), [1, 4])), limit)
    assert.isBelow(chiSquare(rules({ topP: 0.95 }), among(probabilities(1), [1, 4, 2, 0])), limit)
    assert.isBelow(chiSquare(rules({ topP: 0 }), among(probabilities(1), [1])), limit)
  })

  it("takes k first and then the share of what is left", () => {
    // Among the first three, 1 and 4 have 0.81.
    assert.isBelow(chiSquare(rules({ topK: 3, topP: 0.8 }), among(probabilities(1), [1, 4])), limit)
  })

  it("keeps the lower ids of equals", () => {
    const equal = new Float32Array(8)
    const random = seededRandom(1, "equals")
    const drawn = Array.from({ length: 200 }, () => makeSampler(8).draw(equal, rules({ topK: 3 }), random, 0).id)
    assert.deepStrictEqual([...new Set(drawn)].sort(), [0, 1, 2])
  })

  it("takes the likeliest at temperature 0, whatever else is said, and no random number", () => {
    const random = seededRandom(2, "greedy")
    assert.strictEqual(sampler.draw(logits, rules({ temperature: 0, topK: 2 }), random, 0).id, 1)
    assert.strictEqual(random.bits(), seededRandom(2, "greedy").bits())
  })

  it("tells log-probabilities before temperature and truncation, and the likeliest tokens in order", () => {
    const token = sampler.draw(logits, rules({ temperature: 0.3, topK: 1 }), seededRandom(3, "told"), 4)
    const expected = probabilities(1).map(Math.log)
    assert.closeTo(token.logProb, expected[1] ?? 0, 1e-6)
    assert.deepStrictEqual(
      token.top.map(({ id }) => id),
      [1, 4, 2, 0]
    )
    for (const { id, logProb } of token.top) assert.closeTo(logProb, expected[id] ?? 0, 1e-6)
    assert.closeTo(sampler.tell(logits, 3, 0).logProb, expected[3] ?? 0, 1e-6)
  })

  it("refuses logits that are no numbers", () => {
    for (const broken of [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
      const row = new Float32Array(6).fill(broken)
      assert.throws(() => sampler.draw(row, rules({}), seededRandom(1, ""), 0), "no numbers")
    }
  })
})

describe("softmax weights", () => {
  it("are the exponential function of what a logit lacks to the greatest, over the temperature", () => {
    const row = Float32Array.from({ length: 30_000 }, (_, i) => 5 - i * 0.0231)
    for (const temperature of [0.3, 1, 4]) {
      const weights = new Float64Array(row.length)
      const total = softmaxWeights(row, 5, temperature, weights)
      const expected = [...row].map((logit) => Math.exp((logit - 5) / temperature))
      const worst = expected.reduce(
        (most, value, i) => (value < 1e-300 ? most : Math.max(most, Math.abs((weights[i] ?? 0) / value - 1))),
        0
      )
      assert.isBelow(worst, 1e-10)
      assert.closeTo(total / expected.reduce((sum, value) => sum + value, 0), 1, 1e-10)
    }
  })

  it("are 0 where nothing is left, and 1 for the greatest", () => {
    const weights = new Float64Array(3)
    assert.strictEqual(softmaxWeights(Float32Array.of(2, -3000, Number.NEGATIVE_INFINITY), 2, 1, weights), 1)
    assert.deepStrictEqual([...weights], [1, 0, 0])
  })
})

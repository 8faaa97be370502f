import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../../event-log/testing/servers.ts"
import { learnBytePairs } from "./bytePairs.ts"
import { texts } from "./testing/tokenizers.ts"
import { openTokenizer } from "./tokenizer.ts"
import { saveTokenizer, type TokenizerTraining, trainTokenizer } from "./trainTokenizer.ts"

const trained = (training: TokenizerTraining, learntFrom: Iterable<string> = texts) =>
  Effect.promise(() => trainTokenizer(learntFrom, training))

const opened = Effect.fnUntraced(function* (training: TokenizerTraining, learntFrom: Iterable<string> = texts) {
  const folder = yield* temporaryFolder
  saveTokenizer(folder, yield* trained(training, learntFrom))
  return yield* Effect.promise(() => openTokenizer(folder))
})

describe("learnBytePairs", () => {
  const learn = (words: Readonly<Record<string, number>>, size: number) =>
    learnBytePairs(new Map(Object.entries(words)), ["a", "b", "c"], size)

  it("merges the most frequent pair first, then what came of it", () => {
    // ab 5, bc 4, ca 3; then abc 4 and c·ab 3.
    assert.deepStrictEqual(learn({ abc: 1, abcabcabc: 1, ab: 1 }, 5), {
      vocabulary: ["a", "b", "c", "ab", "abc"],
      merges: [
        ["a", "b"],
        ["ab", "c"]
      ]
    })
  })

  it("takes the pair of older tokens when two are as frequent", () => {
    assert.deepStrictEqual(learn({ cb: 2, ba: 2, bc: 2 }, 5).merges, [
      ["b", "a"],
      ["b", "c"]
    ])
  })

  it("counts a pair in a row of one letter as it is merged, from the left", () => {
    assert.deepStrictEqual(learn({ aaaaa: 2 }, 6).merges, [
      ["a", "a"],
      ["aa", "a"],
      ["aa", "aaa"]
    ])
  })

  it("makes a token once that two merges lead to", () => {
    const { vocabulary, merges } = learn({ abc: 9, bc: 20, ab: 15, cab: 12 }, 9)
    assert.strictEqual(new Set(vocabulary).size, vocabulary.length)
    assert.deepStrictEqual(new Set(vocabulary.slice(3)), new Set(merges.map(([left, right]) => left + right)))
  })

  it("stops when no pair is left that occurs twice", () => {
    assert.deepStrictEqual(learn({ abc: 1, cb: 1 }, 10), { vocabulary: ["a", "b", "c"], merges: [] })
  })
})

describe("trainTokenizer", () => {
  it.effect("without texts spells everything in bytes", () =>
    Effect.gen(function* () {
      const tokenizer = yield* opened({ vocabularySize: 1000 }, [])
      const text = `${Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join("")}€👧`.normalize(
        "NFC"
      )
      const ids = tokenizer.encode(text)
      assert.strictEqual(tokenizer.vocabularySize, 259)
      assert.strictEqual(ids.length, Buffer.byteLength(text))
      assert.strictEqual(tokenizer.decode(ids), text)
    })
  )

  it.effect("needs the fewer tokens for its texts the larger its vocabulary is", () =>
    Effect.gen(function* () {
      const all = texts.join("\n")
      const counts = yield* Effect.forEach([259, 275, 290, 310], (vocabularySize) =>
        Effect.map(opened({ vocabularySize }), (tokenizer) => {
          assert.strictEqual(tokenizer.vocabularySize, vocabularySize)
          assert.strictEqual(tokenizer.decode(tokenizer.encode(all)), all)
          return tokenizer.encode(all).length
        })
      )
      assert.strictEqual(counts[0], Buffer.byteLength(all))
      assert.deepStrictEqual(
        counts,
        counts.toSorted((left, right) => right - left)
      )
      assert.strictEqual(new Set(counts).size, counts.length)
      assert.isBelow(counts[3] ?? Number.NaN, 0.55 * (counts[0] ?? 0))
    })
  )

  it.effect("gives the same bytes for the same texts in any order", () =>
    Effect.gen(function* () {
      const training = { vocabularySize: 330, addedTokens: ["<search>"] }
      const first = yield* trained(training)
      assert.deepStrictEqual(yield* trained(training), first)
      assert.deepStrictEqual(yield* trained(training, texts.toReversed()), first)
    })
  )

  it.effect("merges nothing into added tokens, and learns nothing from them", () =>
    Effect.gen(function* () {
      const repeated = Array.from({ length: 50 }, () => "<search>xyz</search>")
      const training = { vocabularySize: 300, addedTokens: ["<search>", "</search>"] }
      const tokenizer = yield* opened(training, repeated)
      // x·y and xy·z are all there is to learn.
      assert.strictEqual(tokenizer.vocabularySize, 256 + 2 + 3 + 2)
      assert.strictEqual(tokenizer.tokenId("xyz"), 257)
      const ids = tokenizer.encode("<search>xyz</search>")
      assert.deepStrictEqual(ids, [261, 257, 262])
    })
  )

  it.effect("marks control tokens as special and added ones not, so that other programs show those", () =>
    Effect.gen(function* () {
      const files = yield* trained({ vocabularySize: 270, addedTokens: ["<search>"] })
      const { added_tokens } = JSON.parse(files["tokenizer.json"])
      assert.deepStrictEqual(
        added_tokens.map(({ content, special }: { content: string; special: boolean }) => [content, special]),
        [
          ["<|endoftext|>", true],
          ["<|im_start|>", true],
          ["<|im_end|>", true],
          ["<search>", false]
        ]
      )
    })
  )

  it.effect("refuses a vocabulary in which bytes and added tokens have no place", () =>
    Effect.gen(function* () {
      const training = { vocabularySize: 259, addedTokens: ["<search>"] }
      const failure = yield* Effect.flip(Effect.tryPromise({ try: () => trainTokenizer([], training), catch: String }))
      assert.strictEqual(failure, "RangeError: a vocabulary of 259 tokens is too small: bytes and added tokens are 260")
    })
  )
})

import { assert, describe, it } from "vitest"
import { incrementalDecoder } from "./incrementalDecoder.ts"
import { stopMatcher } from "./stopMatcher.ts"

/** Every token is a byte. */
const decodeBytes = (tokens: ReadonlyArray<number>) => new TextDecoder().decode(Uint8Array.from(tokens))

const pieces = (decode: (tokens: ReadonlyArray<number>) => string, tokens: Iterable<number>) => {
  const decoder = incrementalDecoder(decode)
  return [...Array.from(tokens, (token) => decoder.push(token)), decoder.flush()]
}

describe("text from tokens that come one by one", () => {
  it("gives characters when their last byte has come", () => {
    const text = "aé東🎬!"
    const found = pieces(decodeBytes, Buffer.from(text))
    assert.deepStrictEqual(found, ["a", "", "é", "", "", "東", "", "", "", "🎬", "!", ""])
  })

  it("does not wait for ever for bytes that are no character", () => {
    const found = pieces(decodeBytes, [0x80, 0x80, 0x80, 0x80, 0x61, 0xe6])
    assert.strictEqual(found.join(""), "\uFFFD\uFFFD\uFFFD\uFFFDa\uFFFD")
    assert.strictEqual(found.at(-2), "")
  })

  it("decodes tokens with those before them", () => {
    // As SentencePiece does: the space of the first token is dropped.
    const words = ["▁to", "▁be", "gin"]
    const decode = (tokens: ReadonlyArray<number>) =>
      tokens
        .map((token) => words[token] ?? "")
        .join("")
        .replaceAll("▁", " ")
        .trimStart()
    assert.deepStrictEqual(pieces(decode, [0, 1, 2]), ["to", " be", "gin", ""])
  })
})

describe("a stop matcher", () => {
  const run = (stops: ReadonlyArray<string>, parts: ReadonlyArray<string>) => {
    const matcher = stopMatcher(stops)
    const shown: Array<string> = []
    for (const part of parts) {
      const { matched, text } = matcher.push(part)
      shown.push(text)
      if (matched !== undefined) return { shown, matched }
    }
    return { shown: [...shown, matcher.flush()], matched: undefined }
  }

  it("holds back what may be the beginning of a stop string", () => {
    assert.deepStrictEqual(run(["</search>"], ["a <", "/sea", "ch> b", "</search", "> c"]), {
      shown: ["a ", "", "</seach> b", "", ""],
      matched: "</search>"
    })
  })

  it("shows what it held back when the text ends", () => {
    assert.deepStrictEqual(run(["stop"], ["a st", "o"]), { shown: ["a ", "", "sto"], matched: undefined })
  })

  it("finds the stop string that begins first, inside a piece too", () => {
    assert.deepStrictEqual(run(["d", "bc"], ["abcd"]), { shown: ["a"], matched: "bc" })
    assert.deepStrictEqual(run(["aab"], ["aaab"]), { shown: ["a"], matched: "aab" })
    assert.deepStrictEqual(run(["", "b"], ["ab"]), { shown: ["a"], matched: "b" })
  })
})

import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { thrownBy } from "./testing/tiny.ts"
import { change, tokenizerFolder } from "./testing/tokenizers.ts"
import { openTokenizer } from "./tokenizer.ts"

const open = (folder: string) => Effect.promise(() => openTokenizer(folder))

const failureOf = (folder: string) =>
  Effect.flip(
    Effect.tryPromise({
      try: () => openTokenizer(folder),
      catch: (cause) => (cause instanceof Error ? cause.message : String(cause))
    })
  )

describe("a tokenizer", () => {
  it.effect("recognises special and added tokens in a text, and shows them in a decoded one", () =>
    Effect.gen(function* () {
      const tokenizer = yield* open(yield* tokenizerFolder)
      const text = "<|im_start|>user\nWho won <search>the award</search> ?<|im_end|>"
      const ids = tokenizer.encode(text)
      assert.strictEqual(ids[0], tokenizer.tokenId("<|im_start|>"))
      assert.strictEqual(ids.at(-1), tokenizer.tokenId("<|im_end|>"))
      assert.include(ids, tokenizer.tokenId("</search>"))
      assert.strictEqual(tokenizer.decode(ids), text)
      assert.isUndefined(tokenizer.tokenId("<|im_middle|>"))
      assert.strictEqual(tokenizer.vocabularySize, 310)
      assert.deepStrictEqual(tokenizer.endOfText, ids.slice(-1))
    })
  )

  it.effect("encodes and decodes nothing as nothing, and ids beyond its vocabulary as nothing", () =>
    Effect.gen(function* () {
      const tokenizer = yield* open(yield* tokenizerFolder)
      assert.deepStrictEqual(tokenizer.encodeWithOffsets(""), { ids: [], offsets: [] })
      assert.strictEqual(tokenizer.decode([]), "")
      assert.strictEqual(tokenizer.decode([310, ...tokenizer.encode("award"), 9999]), "award")
    })
  )

  it.effect("keeps spaces before punctuation", () =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      change(folder, "tokenizer_config.json", { clean_up_tokenization_spaces: true })
      const tokenizer = yield* open(folder)
      assert.strictEqual(tokenizer.decode(tokenizer.encode("Who ? I 'm . ")), "Who ? I 'm . ")
    })
  )

  it.effect.prop(
    "spells any text, and places its tokens in order so that they cover it",
    [Schema.Array(Schema.Union([Schema.String, Schema.Literals(["é", "<search>", "\ud800", "각", "👩‍👧", " "])]))],
    ([pieces]) =>
      Effect.gen(function* () {
        const tokenizer = yield* shared
        const text = pieces.join("")
        const { ids, offsets } = tokenizer.encodeWithOffsets(text)
        assert.deepStrictEqual(ids, tokenizer.encode(text))
        assert.strictEqual(offsets.length, ids.length)
        let [from, to] = [0, 0]
        for (const [start, end] of offsets) {
          assert.isTrue(start >= from && start <= to && end >= to && end > start, JSON.stringify(offsets))
          from = start
          to = end
        }
        assert.strictEqual(to, text.length)
      })
  )
})

const shared = Effect.runSync(Effect.cached(Effect.scoped(Effect.flatMap(tokenizerFolder, open))))

describe("encodeWithOffsets", () => {
  it.effect.each<readonly [text: string, pieces: ReadonlyArray<string>]>([
    [" the award", [" the", " award"]],
    ["<search>film</search>", ["<search>", "film", "</search>"]],
    ["André", ["And", "ré"]],
    // Composed before it is looked up.
    ["Andre\u0301", ["And", "re\u0301"]],
    // Four bytes of one character, none of which was merged.
    ["a👧b", ["a", "👧", "👧", "👧", "👧", "b"]],
    // Half of a pair is read as a replacement character of three bytes.
    ["\ud83d.", ["\ud83d", "\ud83d", "\ud83d", "."]],
    // Three letters that Unicode composes into one syllable of three bytes.
    ["\u1100\u1161\u11a8", ["\u1100\u1161\u11a8", "\u1100\u1161\u11a8", "\u1100\u1161\u11a8"]]
  ])("of %j are %j", ([text, pieces]) =>
    Effect.gen(function* () {
      const { offsets } = (yield* shared).encodeWithOffsets(text)
      assert.deepStrictEqual(
        offsets.map(([start, end]) => text.slice(start, end)),
        pieces
      )
    })
  )

  it.effect("follow a normalizer that changes single characters, or removes them", () =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      const steps = [{ type: "Lowercase" }, { type: "Replace", pattern: { String: "-" }, content: "" }]
      change(folder, "tokenizer.json", { normalizer: { type: "Sequence", normalizers: steps } })
      const text = " The-AWARD"
      const { offsets } = (yield* open(folder)).encodeWithOffsets(text)
      assert.deepStrictEqual(
        offsets.map(([start, end]) => text.slice(start, end)),
        [" The", "A", "WARD"]
      )
    })
  )

  it.effect("are empty for tokens that are put around every text", () =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } })
      const single = [special("<|im_start|>"), { Sequence: { id: "A", type_id: 0 } }, special("<|im_end|>")]
      change(folder, "tokenizer.json", { post_processor: { type: "TemplateProcessing", single, pair: [] } })
      const tokenizer = yield* open(folder)
      const { ids, offsets } = tokenizer.encodeWithOffsets(" the award")
      assert.deepStrictEqual(ids, tokenizer.encode(" the award"))
      assert.strictEqual(tokenizer.decode(ids), "<|im_start|> the award<|im_end|>")
      assert.deepStrictEqual(offsets, [
        [0, 0],
        [0, 4],
        [4, 10],
        [10, 10]
      ])
    })
  )

  it.effect.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ["puts a space before it", { pre_tokenizer: { type: "ByteLevel", add_prefix_space: true, use_regex: true } }],
    ["normalizes it as a whole", { normalizer: { type: "Prepend", prepend: "x" } }],
    ["is not byte-level", { decoder: { type: "WordPiece", prefix: "##", cleanup: false } }]
  ])("are refused by a tokenizer that %s", ([, changes]) =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      change(folder, "tokenizer.json", changes)
      const tokenizer = yield* open(folder)
      assert.strictEqual(
        thrownBy(() => tokenizer.encodeWithOffsets("the award")),
        `${join(folder, "tokenizer.json")}: it is not byte-level, or changes the text, so that its tokens can't be placed in it`
      )
    })
  )
})

describe("openTokenizer", () => {
  it.effect("needs no tokenizer_config.json", () =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      rmSync(join(folder, "tokenizer_config.json"))
      const tokenizer = yield* open(folder)
      assert.deepStrictEqual(tokenizer.endOfText, [])
      assert.notProperty(tokenizer, "renderChat")
    })
  )

  it.effect.each<readonly [string, (file: string) => void]>([
    ["there is no such file", rmSync],
    ["is no JSON: ", (file) => writeFileSync(file, "<html>")],
    ['missing key "decoder"', (file) => writeFileSync(file, '{"added_tokens": []}')],
    ["can't be used: ", (file) => change(join(file, ".."), "tokenizer.json", { pre_tokenizer: { type: "Magic" } })]
  ])("fails in one line when %s", ([message, spoil]) =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      const file = join(folder, "tokenizer.json")
      spoil(file)
      const failure = yield* failureOf(folder)
      assert.isTrue(failure.startsWith(`${file}: ${message}`), failure)
      assert.notInclude(failure, "\n")
    })
  )
})

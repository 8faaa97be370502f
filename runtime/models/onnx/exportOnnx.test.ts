import { existsSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { RowCache } from "./cache/rowCache.ts"
import { openDecoder } from "./decoder/openDecoder.ts"
import { openEngine } from "./engine.ts"
import { exportOnnx, type OnnxExport } from "./exportOnnx.ts"
import { modelFolder, textConfig } from "./testing/modelFolders.ts"
import { referenceLogits } from "./testing/referenceDecoder.ts"
import { completeAll } from "./testing/runningEngine.ts"
import { jobOf, lively, somePrompt } from "./testing/smallModel.ts"

const jobs = [5, 40, 11, 70].map((length, seed) =>
  jobOf(somePrompt(length, seed, 300), { maxNewTokens: 20, ignoreEndOfText: true })
)

const exported = Effect.fnUntraced(function* (options?: OnnxExport) {
  const from = yield* modelFolder()
  const to = join(from, "..", "exported")
  exportOnnx(from, to, options)
  return { from, to }
})

/** Logits of a whole sequence from an exported model, in pieces. */
const logitsOf = async (folder: string, tokens: ReadonlyArray<number>, pieces: ReadonlyArray<number>) => {
  const file = join(folder, "onnx", "model.onnx")
  const decoder = await openDecoder({ kind: "onnx", file, vocabularySize: 320 }, { precision: "float32", threads: 1 })
  const cache = new RowCache(decoder.cacheShape, 256, 4)
  cache.append({ length: 0, values: new Float32Array(0) }, 0)
  const logits: Array<number> = []
  let from = 0
  for (const length of pieces) {
    const piece = tokens.slice(from, from + length)
    logits.push(...(await decoder.forward(cache, piece, [...piece.keys()])))
    from += length
  }
  await decoder.release()
  return { logits, isBatched: decoder.mostRows === undefined }
}

describe("a model that is exported to ONNX", () => {
  it.live("gives the logits of the equations, with and without its cache", () =>
    Effect.gen(function* () {
      const { to } = yield* exported()
      const tokens = somePrompt(30, 1, 300)
      const expected = referenceLogits(textConfig, lively(textConfig), tokens).flat()
      for (const pieces of [[30], [10, 1, 1, 18]]) {
        const { isBatched, logits } = yield* Effect.promise(() => logitsOf(to, tokens, pieces))
        assert.isTrue(isBatched)
        assert.isTrue(logits.every((logit, i) => Math.abs(logit - (expected[i] ?? 0)) < 1e-4))
      }
    }).pipe(Effect.scoped)
  )

  const forms: Readonly<Record<string, OnnxExport>> = {
    "in one file": {},
    "with its parameters in a second file": { mostParametersInline: 0 }
  }
  for (const [name, options] of Object.entries(forms)) {
    it.live(`is run by the engine as others' models are: ${name}`, () =>
      Effect.gen(function* () {
        const { from, to } = yield* exported(options)
        assert.strictEqual(existsSync(join(to, "onnx", "model.onnx_data")), options.mostParametersInline === 0)
        const [ours, foreign] = [yield* openEngine(from, { threads: 1 }), yield* openEngine(to, { threads: 1 })]
        assert.deepStrictEqual(foreign.model.endOfText, [319])
        const [expected, found] = [yield* completeAll(ours, jobs), yield* completeAll(foreign, jobs)]
        found.forEach(({ ids, logProbs, text }, index) => {
          assert.deepStrictEqual(ids, expected[index]?.ids)
          assert.strictEqual(text, expected[index]?.text)
          assert.isTrue(logProbs.every((logProb, i) => Math.abs(logProb - (expected[index]?.logProbs[i] ?? 0)) < 1e-4))
        })
      }).pipe(Effect.scoped)
    )
  }

  it.live("can keep keys and values in half precision", () =>
    Effect.gen(function* () {
      const { to } = yield* exported({ cacheType: "float16" })
      const tokens = somePrompt(20, 2, 300)
      const expected = referenceLogits(textConfig, lively(textConfig), tokens).flat()
      const { isBatched, logits } = yield* Effect.promise(() => logitsOf(to, tokens, [8, 12]))
      assert.isTrue(isBatched)
      assert.isTrue(logits.every((logit, i) => Math.abs(logit - (expected[i] ?? 0)) < 0.1))
    }).pipe(Effect.scoped)
  )

  it.live("does not take the place of the model it is made from", () =>
    Effect.gen(function* () {
      const from = yield* modelFolder()
      assert.throws(() => exportOnnx(from, from), "choose another")
    }).pipe(Effect.scoped)
  )
})

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../../../event-log/testing/servers.ts"
import { OnnxGraph } from "../../../onnx/graph.ts"
import { EngineError } from "../generationEngine.ts"
import { startScheduler } from "../scheduling/scheduler.ts"
import { groupQueryExport, maskBlindExport } from "../testing/otherExports.ts"
import { jobOf, lively, smallConfig, somePrompt } from "../testing/smallModel.ts"
import type { Decoder } from "./decoder.ts"
import { openDecoder } from "./openDecoder.ts"

const config = smallConfig()
const weights = lively(config)
const prompts = [4, 30, 61, 12, 33].map((length, seed) => somePrompt(length, seed))

const open = (model: Uint8Array) =>
  Effect.gen(function* () {
    const file = join(yield* temporaryFolder, "model.onnx")
    writeFileSync(file, model)
    const source = { kind: "onnx", file, vocabularySize: config.vocabularySize } as const
    return yield* Effect.tryPromise({
      try: () => openDecoder(source, { precision: "float32", threads: 1 }),
      catch: (cause) => new EngineError({ reason: "failed", detail: String(cause) })
    })
  })

/** The greedy tokens after each prompt, generated together. */
const generate = (decoder: Decoder) =>
  Effect.promise(async () => {
    const found = prompts.map((): Array<number> => [])
    const limits = {
      longest: 256,
      maxBatch: 8,
      cacheTokens: 1024,
      prefixTokens: 0,
      readingPiece: 16,
      reproducible: false
    }
    await new Promise<void>((resolve, reject) => {
      let ended = 0
      const scheduler = startScheduler(decoder, [], limits, {
        advanced: (progress) => {
          for (const { id, token } of progress.drawn) found[id]?.push(token.id)
          ended += progress.ended.length
          if (ended === prompts.length) void scheduler.close().then(resolve)
        },
        failed: (_, detail) => reject(new Error(detail))
      })
      prompts.forEach((prompt, id) => {
        scheduler.submit(id, { ...jobOf(prompt, { maxNewTokens: 20 }), seed: 0 })
      })
    })
    return found
  })

const expected = Effect.promise(() =>
  openDecoder({ kind: "memory", config, weights }, { precision: "float32", threads: 1 })
).pipe(Effect.flatMap(generate))

describe("a model that others exported", () => {
  it.live("is batched when it uses GroupQueryAttention", () =>
    Effect.gen(function* () {
      const decoder = yield* open(groupQueryExport(config, weights))
      assert.isUndefined(decoder.mostRows)
      assert.deepStrictEqual(yield* generate(decoder), yield* expected)
    }).pipe(Effect.scoped)
  )

  it.live("is given one sequence at a time when it takes no notice of the mask", () =>
    Effect.gen(function* () {
      const decoder = yield* open(maskBlindExport(config, weights))
      assert.strictEqual(decoder.mostRows, 1)
      assert.deepStrictEqual(yield* generate(decoder), yield* expected)
    }).pipe(Effect.scoped)
  )

  it.live("is refused with what is missing when it has no cache", () =>
    Effect.gen(function* () {
      const graph = new OnnxGraph()
      graph.input("input_ids", "int64", ["batch_size", "sequence_length"])
      graph.input("token_type_ids", "int64", ["batch_size", "sequence_length"])
      graph.node("Add", ["input_ids", "token_type_ids"], {}, { output: "logits" })
      graph.output("logits", "int64", ["batch_size", "sequence_length"])
      const { message } = yield* Effect.flip(open(graph.toModel()))
      assert.include(message, "no past_key_values.0.key")
      assert.include(message, "lacks attention_mask")
      assert.include(message, "wants token_type_ids")
    }).pipe(Effect.scoped)
  )
})

import { cpSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { openEngine } from "./engine.ts"
import { modelFolder, textConfig } from "./testing/modelFolders.ts"
import { complete, completeAll, smallEngine } from "./testing/runningEngine.ts"
import { jobOf, lively, smallConfig, somePrompt } from "./testing/smallModel.ts"

const prompts = [1, 2, 3].map((seed) => somePrompt(10, seed, 300))
const jobs = prompts.map((prompt) => jobOf(prompt, { ignoreEndOfText: true }))
const idsOf = (outcomes: ReadonlyArray<{ readonly ids: ReadonlyArray<number> }>) => outcomes.map(({ ids }) => ids)

describe("an engine on a folder", () => {
  it.live("runs the model with its tokenizer and its end of texts", () =>
    Effect.gen(function* () {
      const folder = yield* modelFolder()
      const engine = yield* openEngine(folder, { threads: 1 })
      assert.deepStrictEqual(engine.model, {
        name: "model",
        vocabularySize: 320,
        maxPositions: 256,
        endOfText: [319]
      })
      const inMemory = yield* smallEngine({ config: textConfig })
      assert.deepStrictEqual(idsOf(yield* completeAll(engine, jobs)), idsOf(yield* completeAll(inMemory, jobs)))

      const prompt = engine.text.encode("Who directed <search>")
      const found = yield* complete(
        engine,
        jobOf(prompt, { ignoreEndOfText: true, maxNewTokens: 60, temperature: 1, seed: 3 })
      )
      assert.strictEqual(found.text, engine.text.decode(found.ids))
    }).pipe(Effect.scoped)
  )

  it.live("goes on with other weights and finishes what runs with the old ones", () =>
    Effect.gen(function* () {
      const other = lively(textConfig, 2)
      const [folder, next] = [yield* modelFolder(), yield* modelFolder(other)]
      const engine = yield* openEngine(folder, { threads: 1 })
      const [before, after] = [
        yield* smallEngine({ config: textConfig }),
        yield* smallEngine({ config: textConfig, weights: other })
      ]
      const long = jobOf(prompts[0] ?? [], { ignoreEndOfText: true, maxNewTokens: 200 })

      const begun = yield* Deferred.make<void>()
      const running = yield* engine.generate(long).pipe(
        Stream.tap(() => Deferred.succeed(begun, undefined)),
        Stream.runCollect,
        Effect.forkChild
      )
      yield* Deferred.await(begun)
      yield* engine.updateWeights(next)
      const [found, expected] = [yield* completeAll(engine, jobs), yield* completeAll(after, jobs)]
      assert.deepStrictEqual(idsOf(found), idsOf(expected))
      assert.deepStrictEqual(
        found.map(({ finished }) => finished.cachedTokens),
        [0, 0, 0]
      )
      const chunks = yield* Fiber.join(running)
      const ids = chunks.flatMap((chunk) => (chunk.kind === "tokens" ? chunk.tokens.map(({ id }) => id) : []))
      assert.deepStrictEqual(ids, (yield* complete(before, long)).ids)
    }).pipe(Effect.scoped)
  )

  it.live("keeps its weights when the new ones are no use", () =>
    Effect.gen(function* () {
      const folder = yield* modelFolder()
      const larger = smallConfig({ vocabularySize: 320, layers: 3 })
      const other = yield* modelFolder(lively(larger), larger)
      const engine = yield* openEngine(folder, { threads: 1 })
      const expected = idsOf(yield* completeAll(engine, jobs))

      const shape = yield* Effect.flip(engine.updateWeights(other))
      assert.include(shape.message, "another shape")
      const missing = yield* Effect.flip(engine.updateWeights(join(folder, "nowhere")))
      assert.include(missing.message, "nowhere")
      const damaged = `${folder}-damaged`
      cpSync(folder, damaged, { recursive: true })
      truncateSync(join(damaged, "model.safetensors"), 1000)
      const broken = yield* Effect.flip(engine.updateWeights(damaged))
      assert.include(broken.message, "model.safetensors")
      assert.deepStrictEqual(idsOf(yield* completeAll(engine, jobs)), expected)
    }).pipe(Effect.scoped)
  )

  it.live("says what is missing in a folder", () =>
    Effect.gen(function* () {
      const folder = yield* modelFolder()
      const messageOf = Effect.map(Effect.flip(openEngine(folder)), ({ message }) => message)
      rmSync(join(folder, "tokenizer.json"))
      assert.include(yield* messageOf, "tokenizer.json")
      rmSync(join(folder, "model.safetensors"))
      assert.include(yield* messageOf, "neither model.safetensors")
      writeFileSync(join(folder, "config.json"), "{}")
      assert.include(yield* messageOf, "config.json")
    }).pipe(Effect.scoped)
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope, Stream } from "effect"
import type { GenerationJob } from "./generationEngine.ts"
import { referenceLogits } from "./testing/referenceDecoder.ts"
import { complete, completeAll, type Outcome, smallEngine } from "./testing/runningEngine.ts"
import { characters, jobOf, lively, smallConfig, somePrompt } from "./testing/smallModel.ts"

const config = smallConfig()
const weights = lively(config)

/** What the equations say: the greedy tokens after a prompt, and their log-probabilities. */
const greedy = (prompt: ReadonlyArray<number>, count: number) => {
  const tokens = [...prompt]
  const logProbs: Array<number> = []
  while (tokens.length < prompt.length + count) {
    const logits = referenceLogits(config, weights, tokens).at(-1) ?? []
    const best = logits.indexOf(Math.max(...logits))
    logProbs.push(logProbOf(logits, best))
    tokens.push(best)
  }
  return { ids: tokens.slice(prompt.length), logProbs }
}

const logProbOf = (logits: ReadonlyArray<number>, id: number): number =>
  (logits[id] ?? 0) - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))

const assertClose = (found: ReadonlyArray<number>, expected: ReadonlyArray<number>): void => {
  assert.strictEqual(found.length, expected.length)
  found.forEach((value, i) => {
    assert.closeTo(value, expected[i] ?? Number.NaN, 1e-4)
  })
}

/** Jobs of different lengths and rules. */
const mixture: ReadonlyArray<GenerationJob> = Array.from({ length: 32 }, (_, index) =>
  jobOf(somePrompt(3 + ((index * 7) % 50), index), {
    maxNewTokens: 4 + ((index * 5) % 37),
    temperature: index % 3 === 0 ? 0 : 0.7 + (index % 4) / 10,
    topK: index % 5 === 0 ? 10 : 0,
    topP: index % 2 === 0 ? 0.9 : 1,
    seed: index
  })
)

describe("an engine", () => {
  it.live("continues a prompt greedily as the equations say, with log-probabilities", () =>
    Effect.gen(function* () {
      const engine = yield* smallEngine()
      const prompt = somePrompt(9, 4)
      const expected = greedy(prompt, 12)
      const found = yield* complete(engine, jobOf(prompt, {}, { top: 3 }))

      assert.deepStrictEqual(found.ids, expected.ids)
      assertClose(found.logProbs, expected.logProbs)
      assert.strictEqual(found.text, characters.decode(expected.ids))
      assert.deepStrictEqual(found.finished, {
        kind: "finished",
        reason: { type: "length" },
        promptTokens: 9,
        cachedTokens: 0,
        completionTokens: 12
      })
      const tops = found.chunks.flatMap((chunk) => (chunk.kind === "tokens" ? chunk.tokens : []))
      for (const { id, logProb, top } of tops) {
        assert.strictEqual(top.length, 3)
        assert.deepStrictEqual(top[0], { id, logProb })
        assert.isTrue(top.every(({ logProb: other }, rank) => other <= (top[rank - 1]?.logProb ?? 0)))
      }
    }).pipe(Effect.scoped)
  )

  it.live("tells the log-probabilities of a prompt from a position on", () =>
    Effect.gen(function* () {
      const engine = yield* smallEngine({ readingPiece: 8 })
      const prompt = somePrompt(30, 5)
      const logits = referenceLogits(config, weights, prompt)
      const expected = prompt.map((id, at) => (at === 0 ? null : logProbOf(logits[at - 1] ?? [], id)))
      for (const promptFrom of [0, 1, 17, 29, 30]) {
        const found = yield* complete(engine, jobOf(prompt, { maxNewTokens: 0 }, { top: 1, promptFrom }))
        const told = found.finished.promptLogProbs ?? []
        assert.deepStrictEqual(
          told.map(({ id }) => id),
          prompt.slice(promptFrom)
        )
        assertClose(
          told.map(({ logProb }) => logProb ?? 1),
          expected.slice(promptFrom).map((logProb) => logProb ?? 1)
        )
        assert.deepStrictEqual(found.ids, [])
        assert.deepStrictEqual(found.finished.reason, { type: "length" })
      }
    }).pipe(Effect.scoped)
  )

  it.live("generates the same alone, in a batch of 32, and in any order", () =>
    Effect.gen(function* () {
      const alone = yield* smallEngine({ maxBatch: 1, prefixTokens: 0 })
      const together = yield* smallEngine({ maxBatch: 32, readingPiece: 20 })
      const expected = yield* completeAll(alone, mixture)
      for (const jobs of [mixture, mixture.toReversed()]) {
        const found = yield* completeAll(together, jobs)
        const inOrder = jobs === mixture ? found : found.toReversed()
        inOrder.forEach(({ ids, logProbs }, index) => {
          assert.deepStrictEqual(ids, expected[index]?.ids)
          assertClose(logProbs, expected[index]?.logProbs ?? [])
        })
      }
    }).pipe(Effect.scoped)
  )

  it.live("generates the same to the bit when it is to be reproducible, whatever else it does and did", () =>
    Effect.gen(function* () {
      // Larger than the other tests' model, so that every kernel's loops have remainders and several rounds.
      const config = smallConfig({ hiddenSize: 96, intermediateSize: 200, heads: 6, keyValueHeads: 3, headSize: 16 })
      const model = { config, weights: lively(config), reproducible: true }
      const lengths = [1, 2, 5, 31, 32, 33, 40, 63, 64, 65, 95, 96, 97, 110, 127, 128, 129, 150, 160, 161]
      const jobs = lengths.map((length, seed) =>
        jobOf(somePrompt(length, seed), { temperature: 1, seed, maxNewTokens: 3 + ((seed * 17) % 60) })
      )
      const alone = yield* smallEngine({ ...model, maxBatch: 1 })
      const together = yield* smallEngine({ ...model, maxBatch: 32 })
      const few = yield* smallEngine({ ...model, maxBatch: 5, readingPiece: 20 })
      const expected = yield* completeAll(alone, jobs)
      const toldBy = (found: ReadonlyArray<Outcome>) => found.map(({ ids, logProbs }) => ({ ids, logProbs }))
      assert.deepStrictEqual(toldBy(yield* completeAll(together, jobs)), toldBy(expected))
      assert.deepStrictEqual(toldBy(yield* completeAll(together, jobs)), toldBy(expected))
      assert.deepStrictEqual(toldBy(yield* completeAll(few, jobs.toReversed())).toReversed(), toldBy(expected))
    }).pipe(Effect.scoped)
  )

  it.live("does not compute again what a sequence has in common with an earlier one", () =>
    Effect.gen(function* () {
      const engine = yield* smallEngine()
      const first = yield* complete(engine, jobOf(somePrompt(40, 1)))
      const continued = [...somePrompt(40, 1), ...first.ids, ...somePrompt(10, 2)]
      const found = yield* complete(engine, jobOf(continued))
      // The last token that was drawn has never been computed.
      assert.strictEqual(found.finished.cachedTokens, 40 + 12 - 1)
      const expected = greedy(continued, 12)
      assert.deepStrictEqual(found.ids, expected.ids)
      assertClose(found.logProbs, expected.logProbs)

      const again = yield* complete(engine, jobOf(continued))
      assert.strictEqual(again.finished.cachedTokens, continued.length - 1)
      assert.deepStrictEqual(again.ids, expected.ids)
    }).pipe(Effect.scoped)
  )

  it.live("shares the prompt of sequences that run at the same time", () =>
    Effect.gen(function* () {
      const engine = yield* smallEngine({ prefixTokens: 0 })
      const jobs = Array.from({ length: 8 }, (_, seed) => jobOf(somePrompt(60, 3), { temperature: 1, seed }))
      const found = yield* completeAll(engine, jobs)
      assert.deepStrictEqual(
        found.map(({ finished }) => finished.cachedTokens),
        [0, 59, 59, 59, 59, 59, 59, 59]
      )
      assert.isAbove(new Set(found.map(({ ids }) => ids.join())).size, 6)
      const { cachedTokens, completionTokens, promptTokens } = yield* engine.stats
      assert.deepStrictEqual([promptTokens, cachedTokens, completionTokens], [480, 413, 96])
    }).pipe(Effect.scoped)
  )

  it.live("draws the same for the same seed, and something else for another", () =>
    Effect.gen(function* () {
      const engine = yield* smallEngine()
      const draw = (seed?: number) =>
        complete(engine, jobOf(somePrompt(5, 6), { temperature: 1.2, ...(seed !== undefined && { seed }) }))
      const [one, same, other, any, more] = yield* Effect.all([draw(1), draw(1), draw(2), draw(), draw()], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(one.ids, same.ids)
      assert.notDeepEqual(one.ids, other.ids)
      assert.notDeepEqual(any.ids, more.ids)
    }).pipe(Effect.scoped)
  )

  it.live("ends at a token that ends texts, at one that was asked for, and not where it is told to go on", () =>
    Effect.gen(function* () {
      const prompt = somePrompt(9, 4)
      const { ids } = greedy(prompt, 12)
      const [third = 0, fifth = 0] = [ids[2], ids[4]]
      const engine = yield* smallEngine({ endOfText: [fifth] })
      const places = (id: number) => ids.indexOf(id) + 1

      const ended = yield* complete(engine, jobOf(prompt))
      assert.deepStrictEqual(ended.finished.reason, { type: "stop", matched: fifth })
      assert.deepStrictEqual(ended.ids, ids.slice(0, places(fifth)))
      assert.strictEqual(ended.text, characters.decode(ids.slice(0, places(fifth) - 1)))

      const stopped = yield* complete(engine, jobOf(prompt, { stopTokens: [third], ignoreEndOfText: true }))
      assert.deepStrictEqual(stopped.finished.reason, { type: "stop", matched: third })
      assert.deepStrictEqual(stopped.ids, ids.slice(0, places(third)))

      const whole = yield* complete(engine, jobOf(prompt, { ignoreEndOfText: true }))
      assert.deepStrictEqual(whole.ids, ids)
    }).pipe(Effect.scoped)
  )

  it.live("ends before a stop string that lies across tokens, and shows nothing of it", () =>
    Effect.gen(function* () {
      const prompt = somePrompt(9, 4)
      const text = characters.decode(greedy(prompt, 12).ids)
      const stop = text.slice(4, 7)
      const at = text.indexOf(stop)
      const engine = yield* smallEngine()
      const found = yield* complete(engine, jobOf(prompt, { stop: ["never", stop, `${stop}x`] }))
      assert.strictEqual(found.text, text.slice(0, at))
      assert.deepStrictEqual(found.finished.reason, { type: "stop", matched: stop })
      assert.strictEqual(found.finished.completionTokens, at + 3)
      assert.strictEqual(found.ids.length, at + 3)

      const unfinished = yield* complete(engine, jobOf(prompt, { stop: [`${text.slice(9)}\u0000`] }))
      assert.strictEqual(unfinished.text, text)
    }).pipe(Effect.scoped)
  )

  it.live("refuses what it can't generate, and says why", () =>
    Effect.gen(function* () {
      const engine = yield* smallEngine({ cacheTokens: 128 })
      const reasonOf = (job: GenerationJob) =>
        Effect.map(Effect.flip(complete(engine, job)), ({ message, reason }) => `${reason}: ${message}`)
      assert.include(yield* reasonOf(jobOf([])), "bad-token: the prompt has no tokens")
      assert.include(yield* reasonOf(jobOf([1, 96])), "bad-token: token 1 of the prompt is 96")
      assert.include(yield* reasonOf(jobOf([1, 0.5])), "bad-token: token 1 of the prompt is 0.5")
      assert.include(yield* reasonOf(jobOf(somePrompt(250, 1))), "too-long: 250 tokens of the prompt and up to 12 new")
      assert.include(yield* reasonOf(jobOf(somePrompt(120, 1))), "exceed the cache of 128 tokens")
      assert.strictEqual((yield* complete(engine, jobOf(somePrompt(100, 1)))).ids.length, 12)
      assert.strictEqual((yield* complete(engine, jobOf(somePrompt(116, 1)))).ids.length, 12)
    }).pipe(Effect.scoped)
  )

  it.live("lets a limited number wait, and takes more when some have ended", () =>
    Effect.gen(function* () {
      const engine = yield* smallEngine({ maxBatch: 2, queueLimit: 3 })
      const jobs = Array.from({ length: 8 }, (_, index) => jobOf(somePrompt(5, index), { maxNewTokens: 40 }))
      const results = yield* Effect.forEach(jobs, (job) => Effect.result(complete(engine, job)), {
        concurrency: "unbounded"
      })
      const refused = results.flatMap((result) => (result._tag === "Failure" ? [result.failure.reason] : []))
      assert.deepStrictEqual(refused, ["busy", "busy", "busy"])
      assert.strictEqual((yield* completeAll(engine, jobs.slice(0, 5))).length, 5)
      const { running, waiting } = yield* engine.stats
      assert.deepStrictEqual([running, waiting], [0, 0])
    }).pipe(Effect.scoped)
  )

  it.live("begins sequences in the order in which they came, also when one has to wait for room", () =>
    Effect.gen(function* () {
      const engine = yield* smallEngine({ maxBatch: 4, cacheTokens: 256 })
      const lengths = [20, 200, 20, 20]
      const began: Array<number> = []
      yield* Effect.forEach(
        lengths,
        (length, index) =>
          engine.generate(jobOf(somePrompt(length, index))).pipe(
            Stream.take(1),
            Stream.runForEach(() => Effect.sync(() => began.push(index)))
          ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(began, [0, 1, 2, 3])
    }).pipe(Effect.scoped)
  )

  it.live("takes a sequence out of the batch when nobody listens any more", () =>
    Effect.gen(function* () {
      const engine = yield* smallEngine({ maxBatch: 1 })
      const endless = jobOf(somePrompt(5, 1), { maxNewTokens: 240 })
      const started = yield* Effect.forkChild(Stream.runDrain(engine.generate(endless)))
      const waiting = yield* Effect.forkChild(Stream.runDrain(engine.generate(endless)))
      yield* Effect.sleep("20 millis")
      yield* Fiber.interrupt(started)
      yield* Fiber.interrupt(waiting)
      yield* Stream.runDrain(Stream.take(engine.generate(endless), 2))
      const found = yield* complete(engine, jobOf(somePrompt(9, 4)))
      assert.deepStrictEqual(found.ids, greedy(somePrompt(9, 4), 12).ids)
      assert.isBelow((yield* engine.stats).completionTokens, 400)
    }).pipe(Effect.scoped)
  )

  it.live("tells every sequence when the runtime gives up, and goes on with the next ones", () =>
    Effect.gen(function* () {
      const broken = { ...weights, "model.norm.weight": new Float32Array(config.hiddenSize).fill(Number.NaN) }
      const engine = yield* smallEngine({ weights: broken })
      for (let time = 0; time < 2; time++) {
        const failures = yield* Effect.forEach(
          [1, 2, 3],
          (seed) => Effect.flip(complete(engine, jobOf(somePrompt(4, seed)))),
          {
            concurrency: "unbounded"
          }
        )
        for (const { message, reason } of failures) {
          assert.strictEqual(reason, "failed")
          assert.include(message, "logits are no numbers")
        }
      }
    }).pipe(Effect.scoped)
  )

  it.live("fails the sequences that run when it is closed", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const engine = yield* Scope.provide(smallEngine(), scope)
      const begun = yield* Deferred.make<void>()
      const running = yield* engine.generate(jobOf(somePrompt(5, 1), { maxNewTokens: 250 })).pipe(
        Stream.tap(() => Deferred.succeed(begun, undefined)),
        Stream.runDrain,
        Effect.flip,
        Effect.forkChild
      )
      yield* Deferred.await(begun)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(running)).reason, "failed")
      assert.strictEqual((yield* Effect.flip(complete(engine, jobOf([1])))).reason, "failed")
    })
  )

  it.live("says why a model can't be loaded", () =>
    Effect.gen(function* () {
      const { "model.norm.weight": _, ...incomplete } = weights
      const { message, reason } = yield* Effect.flip(smallEngine({ weights: incomplete }))
      assert.strictEqual(reason, "failed")
      assert.include(message, "model.norm.weight")
    }).pipe(Effect.scoped)
  )
})

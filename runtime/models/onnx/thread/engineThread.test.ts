import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import type { EngineError } from "../generationEngine.ts"
import type { SeededJob } from "../scheduling/sequence.ts"
import { lively, smallConfig } from "../testing/smallModel.ts"
import { openThread } from "./engineThread.ts"

const setup = {
  source: { kind: "memory", config: smallConfig(), weights: lively(smallConfig()) },
  precision: "float32",
  threads: 1,
  endOfText: [],
  limits: { longest: 256, maxBatch: 4, cacheTokens: 1024, prefixTokens: 0, readingPiece: 64, reproducible: false }
} as const

describe("the thread of an engine", () => {
  it.live("tells when it dies, those who wait for it too", () =>
    Effect.gen(function* () {
      const death = yield* Deferred.make<EngineError>()
      const thread = yield* openThread(
        setup,
        () => {},
        (error) => Deferred.doneUnsafe(death, Effect.succeed(error))
      )
      // A request that no engine makes brings the thread down.
      thread.send({ kind: "generate", id: 1, job: undefined as unknown as SeededJob })
      const failure = yield* Effect.flip(thread.update(setup.source))
      assert.strictEqual(failure.reason, "failed")
      assert.include((yield* Deferred.await(death)).message, "undefined")
    }).pipe(Effect.scoped)
  )
})

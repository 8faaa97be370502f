import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type Generation, GenerationError, LanguageModel } from "../languageModel.ts"
import { initial, stored } from "../testing/fixtures.ts"
import { generated } from "../testing/play.ts"
import { agentRollout } from "./agentRollout.ts"

const answers = (generate: Effect.Effect<Generation, GenerationError>) =>
  Layer.succeed(LanguageModel, { generate: () => generate })

const refuses = (reason: GenerationError["reason"], retryable: boolean) =>
  answers(Effect.fail(new GenerationError({ model: "policy", reason, detail: "no", retryable })))

const request = (prefix?: string) =>
  stored({
    type: "RolloutRequested",
    subject: "t",
    data: {
      ...initial(),
      ...(prefix === undefined ? {} : { prefix: { transcript: prefix, rounds: [], turns: [] } })
    }
  })

describe("agent-rollout", () => {
  it.effect("emits what the policy's output means", () =>
    Effect.gen(function* () {
      const events = yield* agentRollout
        .handle(request())
        .pipe(Effect.provide(answers(Effect.succeed(generated("x</think><search>q</search>")))))
      assert.deepStrictEqual(
        events.map(({ type }) => type),
        ["QueryIssued"]
      )
    })
  )

  it.effect("fails the trajectory when the policy refuses for good", () =>
    Effect.gen(function* () {
      const [event] = yield* agentRollout.handle(request()).pipe(Effect.provide(refuses("rejected", false)))
      assert.strictEqual(event?.type, "TrajectoryFailed")
      assert.deepInclude(event?.data, { reason: "rejected", detail: 'model "policy": rejected: no' })
    })
  )

  it.effect("fails itself, to be tried again, when the policy may answer later", () =>
    Effect.gen(function* () {
      const error = yield* agentRollout.handle(request()).pipe(Effect.provide(refuses("timeout", true)), Effect.flip)
      assert.strictEqual(error.reason, "timeout")
    })
  )

  it.effect("leaves the trajectory as it is when no model has the policy's name here", () =>
    Effect.gen(function* () {
      const error = yield* agentRollout
        .handle(request())
        .pipe(Effect.provide(refuses("unknown-model", false)), Effect.flip)
      assert.deepInclude(error, { reason: "unknown-model", retryable: false })
    })
  )

  it.effect("fails the trajectory that starts from no prefix at all, without asking the policy", () =>
    Effect.gen(function* () {
      const [event] = yield* agentRollout
        .handle(request("<think>so</think>"))
        .pipe(Effect.provide(answers(Effect.die("asked"))))
      assert.strictEqual(event?.type, "TrajectoryFailed")
      assert.deepInclude(event?.data, { reason: "bad-prefix", transcript: "<think>so</think>" })
    })
  )
})

import { rmSync } from "node:fs"
import { join } from "node:path"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { LanguageModel } from "../../actors/languageModel.ts"
import { ModelSettings } from "../../config/models.ts"
import { requestWith } from "../../test/servers/requests.ts"
import { languageModels } from "./layer.ts"
import { modelFolder } from "./onnx/testing/modelFolders.ts"
import { modelDigest } from "./qwen2/modelFolder.ts"
import { change } from "./qwen2/testing/tokenizers.ts"

const settings = (fields: Readonly<Record<string, unknown>>) =>
  Schema.decodeUnknownSync(ModelSettings)({ kind: "local", template: "chatml", threads: 1, ...fields })

const layerOf = (models: Readonly<Record<string, ModelSettings>>) =>
  languageModels({ models }).pipe(Layer.provide(NodeHttpClient.layerUndici))

const sampling = { temperature: 1, seed: 4, stop: [], maxNewTokens: 24 }
const generate = (model: string, changed: Parameters<typeof requestWith>[0] = {}) =>
  LanguageModel.use((models) =>
    models.generate(requestWith({ model, ...changed, sampling: { ...sampling, ...changed.sampling } }))
  )

describe("a local model", () => {
  it.live("answers the actors by its name, and the same for the same seed", () =>
    Effect.gen(function* () {
      const folder = yield* modelFolder()
      const models = { policy: settings({ folder, logProbs: true }), judge: settings({ folder }) }
      yield* Effect.gen(function* () {
        const [policy, judge, other] = yield* Effect.all(
          [generate("policy"), generate("judge"), generate("judge", { sampling: { seed: 5 } })],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual([policy.model, judge.model], ["policy", "judge"])
        assert.strictEqual(policy.text, judge.text)
        assert.notStrictEqual(policy.text, other.text)
        assert.strictEqual(policy.tokenIds?.length, policy.completionTokens)
        assert.strictEqual(policy.logProbs?.length, policy.completionTokens)
        assert.isTrue(policy.logProbs?.every((logProb) => logProb <= 0))
        assert.isUndefined(judge.tokenIds)
        assert.isAbove(policy.promptTokens ?? 0, 10)

        const stop = policy.text.slice(5, 8)
        const cut = yield* generate("policy", { sampling: { stop: [stop] } })
        assert.strictEqual(cut.text, policy.text.slice(0, policy.text.indexOf(stop) + stop.length))
        assert.strictEqual(cut.finishReason, "stop")
      }).pipe(Effect.provide(layerOf(models)))
    }).pipe(Effect.scoped)
  )

  it.live("writes as much as its context has room for, and rejects what exceeds it", () =>
    Effect.gen(function* () {
      const folder = yield* modelFolder()
      yield* Effect.gen(function* () {
        const found = yield* generate("policy", { sampling: { maxNewTokens: 4000, stop: ["never"] } })
        assert.isAtMost((found.promptTokens ?? 0) + (found.completionTokens ?? 0), 256)
        const failure = yield* Effect.flip(generate("policy", { user: "long ".repeat(400) }))
        assert.strictEqual(failure.reason, "rejected")
        assert.isFalse(failure.retryable)
        assert.include(failure.detail, "context of 256")
      }).pipe(Effect.provide(layerOf({ policy: settings({ folder, template: "model" }) })))
    }).pipe(Effect.scoped)
  )

  it.live("says in the beginning what is wrong with its settings", () =>
    Effect.gen(function* () {
      const folder = yield* modelFolder()
      const problem = (fields: Readonly<Record<string, unknown>>) =>
        Layer.build(layerOf({ policy: settings(fields) })).pipe(
          Effect.flip,
          Effect.map(({ message }) => message)
        )
      assert.include(yield* problem({ folder: join(folder, "nowhere") }), 'model "policy": ')
      assert.include(yield* problem({ folder: join(folder, "nowhere") }), "there is no such file")
      const sha256 = yield* Effect.promise(() => modelDigest(folder))
      assert.include(yield* problem({ folder, sha256: "0".repeat(64) }), `sha256 is ${sha256}`)
      yield* Effect.scoped(Layer.build(layerOf({ policy: settings({ folder, sha256 }) })))
      rmSync(join(folder, "chat_template.jinja"), { force: true })
      change(folder, "tokenizer_config.json", { chat_template: undefined })
      assert.include(yield* problem({ folder, template: "model" }), "has no chat template")
    }).pipe(Effect.scoped)
  )
})

import { Clock, Effect, type Scope, Stream } from "effect"
import { type Generation, GenerationError, type GenerationRequest } from "../../actors/languageModel.ts"
import type { LocalSettings } from "../../config/models.ts"
import { chatml, emptyThinking, renderPrompt } from "./chatTemplate.ts"
import type { Generate } from "./httpModel.ts"
import { enginePool } from "./onnx/enginePool.ts"
import { EngineError, type GenerationChunk, type GenerationEngine } from "./onnx/generationEngine.ts"
import { modelDigest } from "./qwen2/modelFolder.ts"

/** Opens the engine of a local model, until the scope closes. */
export type OpenLocalEngine = (settings: LocalSettings) => Effect.Effect<GenerationEngine, EngineError, Scope.Scope>

/** Engines by what they are opened with: entries of the configuration that agree in it share one. */
export const sharedEngines = (): OpenLocalEngine => {
  const engines = new Map<string, GenerationEngine>()
  return Effect.fnUntraced(function* ({ sha256, folder, weights, ...limits }) {
    const { cacheTokens, engines: copies = 1, maxBatch, queueLimit, reproducible, threads } = limits
    const options = {
      maxBatch,
      queueLimit,
      ...(reproducible !== undefined && { reproducible }),
      precision: weights,
      ...(threads !== undefined && { threads }),
      ...(cacheTokens !== undefined && { cacheTokens })
    }
    const key = JSON.stringify([folder, sha256, copies, options])
    const known = engines.get(key)
    if (known !== undefined) return known
    // The runtime is large: whoever has no local model does not wait for it.
    const { openEngine } = yield* Effect.promise(() => import("./onnx/engine.ts"))
    if (sha256 !== undefined) yield* checkDigest(folder, sha256)
    const first = yield* openEngine(folder, options)
    const others = yield* Effect.replicateEffect(openEngine(folder, options), copies - 1)
    const engine = copies === 1 ? first : enginePool(first, others)
    engines.set(key, engine)
    return engine
  })
}

const checkDigest = Effect.fnUntraced(function* (folder: string, sha256: string) {
  const found = yield* Effect.tryPromise({
    try: () => modelDigest(folder),
    catch: (cause) => failed(cause instanceof Error ? cause.message : String(cause))
  })
  if (found !== sha256)
    return yield* failed(`${folder}: its model's sha256 is ${found}; the configuration says ${sha256}`)
})

const failed = (detail: string) => new EngineError({ reason: "failed", detail })

/**
 * A model that runs in this process, for the actors. New tokens are limited to what the model's context has room for; a prompt that
 * fills it is `rejected`, and one that finds the queue full `overloaded`.
 *
 * @param name the model's name in the configuration, which it also tells: trained models all lie in folders of one name
 */
export const makeLocalModel = Effect.fnUntraced(function* (
  name: string,
  settings: LocalSettings,
  engine: GenerationEngine
): Effect.fn.Return<Generate, EngineError> {
  const prompt = yield* promptWriter(settings, engine)
  const stops = typeof settings.template === "object" ? [settings.template.turnEnd] : []

  const generate: Generate = Effect.fnUntraced(
    function* (request) {
      const started = yield* Clock.currentTimeMillis
      const { maxNewTokens, seed, stop, temperature, topP } = request.sampling
      const tokens = yield* Effect.try({ try: () => engine.text.encode(prompt(request)), catch: unreadable })
      const room = engine.model.maxPositions - tokens.length
      const chunks = yield* Stream.runCollect(
        engine.generate({
          prompt: tokens,
          sampling: {
            temperature,
            topP,
            topK: 0,
            maxNewTokens: Math.max(1, Math.min(maxNewTokens, room)),
            stop: [...stop, ...stops],
            stopTokens: [],
            ignoreEndOfText: false,
            ...(seed !== undefined && { seed })
          }
        })
      )
      const ended = yield* Clock.currentTimeMillis
      return { ...generationOf(chunks, request, settings), model: name, latencyMs: ended - started }
    },
    Effect.mapError((error) => generationError(name, error))
  )
  return generate
})

/** How a request becomes the text that the model continues. */
const promptWriter = (settings: LocalSettings, { model, text }: GenerationEngine) => {
  const { template, thinking } = settings
  if (template !== "model") {
    const written = template === "chatml" ? chatml : template
    return Effect.succeed((request: GenerationRequest) => renderPrompt(request, { template: written, thinking }))
  }
  const render = text.renderChat
  if (render === undefined) {
    const detail = `the model ${model.name} has no chat template; set template, for example to chatml`
    return Effect.fail(failed(detail))
  }
  return Effect.succeed(({ assistant, system, user }: GenerationRequest) => {
    const messages = [...(system === "" ? [] : [{ role: "system", content: system }]), { role: "user", content: user }]
    return render(messages) + (thinking === "off" ? emptyThinking : "") + assistant
  })
}

/** What a whole stream of chunks amounts to; the stop string that matched is put back at its end. */
const generationOf = (
  chunks: ReadonlyArray<GenerationChunk>,
  { sampling }: GenerationRequest,
  { logProbs }: LocalSettings
): Omit<Generation, "model" | "latencyMs"> => {
  const told = chunks.flatMap((chunk) => (chunk.kind === "tokens" ? [chunk] : []))
  const tokens = told.flatMap((chunk) => chunk.tokens)
  const finished = chunks.at(-1)
  const reason = finished?.kind === "finished" ? finished.reason : ({ type: "length" } as const)
  const matched = reason.type === "stop" && typeof reason.matched === "string" ? reason.matched : ""
  return {
    text: told.map(({ text }) => text).join("") + (sampling.stop.includes(matched) ? matched : ""),
    finishReason: reason.type,
    ...(finished?.kind === "finished" && { promptTokens: finished.promptTokens }),
    completionTokens: tokens.length,
    ...(logProbs && { tokenIds: tokens.map(({ id }) => id), logProbs: tokens.map(({ logProb }) => logProb) })
  }
}

/** A chat template may refuse messages. */
const unreadable = (cause: unknown) =>
  new EngineError({ reason: "bad-token", detail: cause instanceof Error ? cause.message : String(cause) })

const reasons = {
  busy: "overloaded",
  failed: "server-error",
  "too-long": "rejected",
  "bad-token": "rejected"
} as const satisfies Readonly<Record<EngineError["reason"], GenerationError["reason"]>>

const generationError = (model: string, { detail, reason }: EngineError) =>
  new GenerationError({ model, reason: reasons[reason], detail, retryable: reason === "busy" || reason === "failed" })

import { Effect, Layer, Schema } from "effect"
import { GenerationError, LanguageModel } from "../../actors/languageModel.ts"
import type { ModelSettings } from "../../config/models.ts"
import { type Generate, makeHttpModel } from "./httpModel.ts"
import { makeLocalModel, type OpenLocalEngine, sharedEngines } from "./localModel.ts"
import { metered } from "./usage.ts"

/** Thrown when a model's settings cannot be put to work: a missing key, a folder without a model, or a heuristic nobody provided. */
export class ModelSetupError extends Schema.TaggedError<ModelSetupError>()("ModelSetupError", {
  model: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `model "${this.model}": ${this.detail}`
  }
}

/**
 * The models of a configuration as the `LanguageModel` service.
 *
 * `inProcess` holds models that need no server, by their name in the configuration. There has to be one for each entry
 * of kind `heuristic`; one that has the name of another entry takes its place, and one without an entry is added.
 */
export const languageModels = (options: {
  readonly models: Readonly<Record<string, ModelSettings>>
  readonly inProcess?: Readonly<Record<string, Generate>>
}) => Layer.effect(LanguageModel, makeLanguageModel(options.models, options.inProcess ?? {}))

const makeLanguageModel = Effect.fnUntraced(function* (
  models: Readonly<Record<string, ModelSettings>>,
  inProcess: Readonly<Record<string, Generate>>
) {
  const known = new Map<string, Generate>()
  const open = sharedEngines()
  for (const [name, generate] of Object.entries(inProcess)) known.set(name, metered(name, generate))
  for (const [name, settings] of Object.entries(models)) {
    if (!known.has(name)) known.set(name, metered(name, yield* connect(name, settings, open)))
  }
  const generate: Generate = (request) => {
    const model = known.get(request.model) ?? unknownModel([...known.keys()])
    return model(request)
  }
  return LanguageModel.of({ generate })
})

const connect = (name: string, settings: ModelSettings, open: OpenLocalEngine) => {
  const fail = (detail: string) => Effect.fail(new ModelSetupError({ model: name, detail }))
  switch (settings.kind) {
    case "heuristic":
      return fail("no in-process model of this name was provided")
    case "local":
      return open(settings).pipe(
        Effect.flatMap((engine) => makeLocalModel(name, settings, engine)),
        Effect.catchTag("EngineError", ({ detail }) => fail(detail))
      )
    default:
      return makeHttpModel(name, settings).pipe(
        Effect.catchTag("ConfigError", () =>
          fail(`the environment variable ${settings.apiKeyEnv} is not set; set it or drop apiKeyEnv`)
        )
      )
  }
}

const unknownModel =
  (known: ReadonlyArray<string>): Generate =>
  (request) =>
    Effect.fail(
      new GenerationError({
        model: request.model,
        reason: "unknown-model",
        detail: `the configuration has no such model; it has ${known.length === 0 ? "none" : known.join(", ")}`,
        retryable: false
      })
    )

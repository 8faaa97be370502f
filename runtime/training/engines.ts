import { Effect, type FileSystem, Layer, type Scope } from "effect"
import type { HttpClient } from "effect/http"
import { TrainingEngine } from "../../actors/trainer/trainingEngine.ts"
import type { TrainingRequest } from "../../events/training.ts"
import type { ExternalEngine } from "./external/externalEngine.ts"

export type EngineName = TrainingRequest["engine"]

/** What engines work with. */
type EngineServices = FileSystem.FileSystem | HttpClient.HttpClient

type Train = TrainingEngine["Service"]["train"]

/** The programs that train outside this process. Each is loaded when it is asked for: most commands train nothing. */
export const externalEngines: Readonly<
  Record<Exclude<EngineName, "local">, Effect.Effect<ExternalEngine, never, EngineServices>>
> = {
  "llama-factory": Effect.flatMap(
    Effect.promise(() => import("./llama-factory/engine.ts")),
    ({ makeLlamaFactory }) => makeLlamaFactory(process.env)
  ),
  verl: Effect.flatMap(
    Effect.promise(() => import("./verl/engine.ts")),
    ({ makeVerl }) => makeVerl(process.env)
  )
}

const engineOf = (name: EngineName): Effect.Effect<Train, never, EngineServices | Scope.Scope> =>
  name === "local"
    ? Effect.flatMap(
        Effect.promise(() => import("./local/localEngine.ts")),
        ({ localEngine }) => localEngine
      )
    : Effect.map(externalEngines[name], ({ train }) => train)

/** Trains with the engine that a request names. */
export const trainingEngines: Layer.Layer<TrainingEngine, never, EngineServices> = Layer.effect(
  TrainingEngine,
  Effect.gen(function* () {
    const context = yield* Effect.context<EngineServices | Scope.Scope>()
    const open = (name: EngineName) => Effect.cached(Effect.provideContext(engineOf(name), context))
    const engines: Readonly<Record<EngineName, Effect.Effect<Train>>> = {
      local: yield* open("local"),
      "llama-factory": yield* open("llama-factory"),
      verl: yield* open("verl")
    }
    return TrainingEngine.of({
      train: (leg) => Effect.flatMap(engines[leg.request.engine], (train) => train(leg))
    })
  })
)

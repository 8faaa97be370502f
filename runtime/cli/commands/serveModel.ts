import { resolve } from "node:path"
import { Config, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { parameterCount } from "../../models/qwen2/config.ts"
import { describeModel } from "../../models/qwen2/modelFolder.ts"
import { CommandFailed } from "../commandFailed.ts"
import { root } from "../root.ts"
import { note, printJson } from "../terminal.ts"

const isLoopback = (host: string): boolean => /^(localhost|127\..*|::1)$/.test(host)

const megabyte = 1024 * 1024

const atLeast = (least: number, name: string, description: string) =>
  Flag.Int(name).pipe(
    Flag.withDescription(description),
    Flag.filter(
      (value) => value >= least,
      (value) => `expected at least ${least}, got ${value}`
    )
  )

const flags = {
  model: Flag.Directory("model", { mustExist: true }).pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("Folder of the model, in Hugging Face's layout")
  ),
  host: Flag.String("host").pipe(
    Flag.withDescription("Address to listen on; any but a loopback one lets others in (default: 127.0.0.1)"),
    Flag.withDefault("127.0.0.1")
  ),
  port: Flag.Int("port").pipe(
    Flag.withDescription("Port to listen on; 0 for any (default: 30000)"),
    Flag.withDefault(30_000)
  ),
  name: Flag.String("name").pipe(
    Flag.withDescription("What clients call the model; the name of its folder if not given"),
    Flag.optional
  ),
  apiKeyEnv: Flag.String("api-key-env").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Environment variable with the bearer token that requests must bring"),
    Flag.optional
  ),
  threads: atLeast(1, "threads", "Threads that compute (default: one for a small model, else one a core)").pipe(
    Flag.optional
  ),
  precision: Flag.Literals("precision", ["float32", "int8"]).pipe(
    Flag.withDescription("Numbers of the weights: int8 is smaller and quicker, and less exact (default: float32)"),
    Flag.withDefault("float32")
  ),
  maxBatch: atLeast(1, "batch", "Sequences that are generated at the same time (default: 32)").pipe(
    Flag.withDefault(32)
  ),
  queueLimit: atLeast(0, "queue", "Sequences that wait for a place; further requests get 429 (default: 256)").pipe(
    Flag.withDefault(256)
  ),
  maxBody: atLeast(1, "max-body", "Largest request (default: 8)").pipe(Flag.withMetavar("MIB"), Flag.withDefault(8)),
  grace: atLeast(0, "grace", "How long requests that run may take when the server is stopped (default: 30)").pipe(
    Flag.withMetavar("SECONDS"),
    Flag.withDefault(30)
  )
}

/** How large the model of a folder is, as far as its configuration tells. */
const size = (folder: string): ReadonlyArray<string> =>
  Option.match(Option.liftThrowable(describeModel)(folder), {
    onNone: () => [],
    onSome: ({ config }) => [`${parameterCount(config).toLocaleString("en-US")} parameters`]
  })

/** The bearer token in the environment, if there is to be one. */
const apiKeyIn = (name: Option.Option<string>) =>
  Option.match(name, {
    onNone: () => Effect.undefined,
    onSome: (variable) =>
      Config.Redacted(variable).pipe(
        Effect.mapError(
          () => new CommandFailed({ detail: `--api-key-env ${variable}: there is no such environment variable` })
        )
      )
  })

/** Serves until it is interrupted. */
export const serveModel = Command.make(
  "model",
  flags,
  Effect.fn("serve.model")(function* ({
    apiKeyEnv,
    grace,
    host,
    maxBody,
    model,
    name: given,
    port,
    threads,
    ...limits
  }) {
    const { json } = yield* root
    const folder = resolve(model)
    const apiKey = yield* apiKeyIn(apiKeyEnv)
    // Both are large: commands that don't need them don't wait for them.
    const { openEngine } = yield* Effect.promise(() => import("../../models/onnx/engine.ts"))
    const { serveModel: serve } = yield* Effect.promise(() => import("../../http/model-server/modelServer.ts"))
    const engine = yield* openEngine(folder, {
      ...limits,
      ...Option.match(threads, { onNone: () => ({}), onSome: (threads) => ({ threads }) })
    })
    const name = Option.getOrElse(given, () => engine.model.name)
    const url = yield* serve(engine, {
      name,
      folder,
      host,
      port,
      maxBody: maxBody * megabyte,
      grace: grace * 1000,
      ...(apiKey !== undefined && { apiKey })
    }).pipe(
      Effect.catchTag("ServeError", ({ cause }) => {
        const reason = cause instanceof Error ? cause.message : String(cause)
        return new CommandFailed({ detail: `can't listen on ${host}:${port}: ${reason}; choose another --port` })
      })
    )
    if (json) yield* printJson({ url, model: name })
    yield* note(`Serving ${[name, ...size(folder)].join(", ")}, at ${url}. Ctrl-C stops.`)
    if (!isLoopback(host) && apiKey === undefined) {
      yield* note(`Whoever reaches ${host}:${port} can use the model: there is no key (--api-key-env).`)
    }
    return yield* Effect.never
  }, Effect.scoped)
).pipe(Command.withDescription("Serve a model to SGLang's and OpenAI's clients"))

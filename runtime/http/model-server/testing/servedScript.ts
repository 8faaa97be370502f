import { Effect, type Redacted, Schema, type Scope } from "effect"
import { type ModelServerOptions, serveModel } from "../modelServer.ts"
import { type Script, type ScriptedEngine, scriptedEngine } from "./scriptedEngine.ts"

/** A model server over a scripted engine. */
export interface ServedScript {
  readonly url: string
  readonly engine: ScriptedEngine
}

/** Serves a scripted model on a free port of the loopback interface. */
export const serveScript = (
  script: Script = {},
  options: Partial<ModelServerOptions> & { readonly apiKey?: Redacted.Redacted } = {}
): Effect.Effect<ServedScript, never, Scope.Scope> =>
  Effect.gen(function* () {
    const engine = scriptedEngine(script)
    const standard = { name: "scripted", folder: "/models/scripted", host: "127.0.0.1", port: 0 }
    const url = yield* serveModel(engine, { ...standard, maxBody: 64_000, grace: "2 seconds", ...options })
    return { url, engine }
  }).pipe(Effect.orDie)

/** What a server answered. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body read as JSON, or undefined when it is none. */
  readonly json: unknown
}

const answered = async (response: Response): Promise<Answered> => {
  const text = await response.text()
  const isJson = response.headers.get("content-type")?.includes("json") === true
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
}

/** GET, or POST of a body: an object as JSON, a string as it is. */
export const ask = (
  { url }: Pick<ServedScript, "url">,
  path: string,
  body?: object | string,
  headers: Readonly<Record<string, string>> = {}
): Effect.Effect<Answered> =>
  Effect.promise(async (signal) => {
    if (body === undefined) return answered(await fetch(url + path, { signal, headers }))
    const init = {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
      signal
    }
    return answered(await fetch(url + path, init))
  })

/** The values of server-sent events, `[DONE]` as a string. */
export const eventsOf = ({ text }: Answered): ReadonlyArray<unknown> =>
  text
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => event.replace(/^data: /, ""))
    .map((data) => (data === "[DONE]" ? data : (JSON.parse(data) as unknown)))

const decodeError = Schema.decodeUnknownSync(
  Schema.Struct({
    error: Schema.Struct({
      message: Schema.String,
      type: Schema.String,
      param: Schema.NullOr(Schema.String),
      code: Schema.NullOr(Schema.String)
    })
  })
)

/** The error in an answer; throws when it has not the shape of OpenAI's. */
export const errorOf = ({ json }: Answered) => decodeError(json).error

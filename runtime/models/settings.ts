import { Effect, Schema } from "effect"
import { ChatTemplate, chatml } from "./chatTemplate.ts"

const PositiveInt = Schema.Int.check(Schema.isGreaterThan(0))
const PositiveNumber = Schema.Finite.check(Schema.isGreaterThan(0))

/** An absolute http(s) address without user name or password: those would be copied into logs and errors. */
const ServerUrl = Schema.String.check(
  Schema.makeFilter((text) => {
    if (!URL.canParse(text)) return "expected an absolute URL such as http://localhost:30000"
    const url = new URL(text)
    if (url.protocol !== "http:" && url.protocol !== "https:") return "expected an http or https URL"
    if (url.username !== "" || url.password !== "") return "expected no credentials in the URL; use apiKeyEnv"
    return url.search === "" && url.hash === "" ? true : "expected no query and no fragment in the URL"
  })
)

const EnvironmentName = Schema.String.check(
  Schema.makeFilter(
    (name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || "expected the name of an environment variable, not a key"
  )
)

/** At most this much traffic to one model from one process; what exceeds it waits. */
const RateLimit = Schema.Struct({
  requestsPerSecond: Schema.optionalKey(PositiveNumber),
  maxConcurrent: Schema.optionalKey(PositiveInt)
})

/** After `failures` calls in a row have used up their retries, calls fail at once until `cooldown` is over. */
const Breaker = Schema.Struct({ failures: PositiveInt, cooldown: Schema.DurationFromString })

const withDefault = Schema.withDecodingDefaultKey

const httpFields = {
  /** Address of the server, with or without a trailing `/v1`. */
  url: ServerUrl,
  /** The name the server knows the model by. */
  model: Schema.NonEmptyString,
  /** Name of the environment variable that holds the bearer token; none is sent without it. */
  apiKeyEnv: Schema.optionalKey(EnvironmentName),
  /** Longest wait for one whole reply, of each attempt; also the longest `Retry-After` that is waited for. */
  timeout: Schema.DurationFromString.pipe(withDefault(Effect.succeed("120 seconds"))),
  /** Further attempts after the first, for failures that may pass. */
  retries: Schema.Natural.pipe(withDefault(Effect.succeed(4))),
  /** Wait before the first retry; it doubles with every further one, up to 30 seconds, with a jitter of 20 %. */
  backoff: Schema.DurationFromString.pipe(withDefault(Effect.succeed("500 millis"))),
  rateLimit: RateLimit.pipe(withDefault(Effect.succeed({}))),
  circuitBreaker: Breaker.pipe(withDefault(Effect.succeed({ failures: 5, cooldown: "30 seconds" }))),
  /** Ask for the log-probability (and, where the server can, the id) of every new token. */
  logProbs: Schema.Boolean.pipe(withDefault(Effect.succeed(false))),
  /**
   * `off` keeps a hybrid reasoning model from thinking, as the judges of the paper are run. A chat server applies it to
   * the turns it opens, not to one that `assistantPrefix: continue` goes on with.
   */
  thinking: Schema.Literals(["default", "off"]).pipe(withDefault(Effect.succeed("default" as const))),
  /**
   * What to do with a reply that ended for length before `maxNewTokens` were generated: a server under memory pressure
   * does that and may do better next time (`retry`); one whose context window is full never will (`keep`).
   */
  cutShort: Schema.Literals(["retry", "keep"]).pipe(withDefault(Effect.succeed("retry" as const))),
  /** Further fields of the request body, for what only one server understands. They win over ours. */
  extra: Schema.JsonObject.pipe(withDefault(Effect.succeed({})))
}

const template = Schema.Union([Schema.Literal("chatml"), ChatTemplate]).pipe(
  withDefault(Effect.succeed("chatml" as const))
)

/** A model behind SGLang's native `POST /generate`: raw text, token ids, and the stop string told. */
export const SglangSettings = Schema.Struct({ kind: Schema.Literal("sglang"), ...httpFields, template })
export type SglangSettings = typeof SglangSettings.Type

/** A model behind an OpenAI-compatible `POST /v1/completions`: raw text. */
export const CompletionsSettings = Schema.Struct({ kind: Schema.Literal("completions"), ...httpFields, template })
export type CompletionsSettings = typeof CompletionsSettings.Type

/** A model behind an OpenAI-compatible `POST /v1/chat/completions`: the server writes the chat template. */
export const ChatSettings = Schema.Struct({
  kind: Schema.Literal("chat"),
  ...httpFields,
  /**
   * How an assistant turn that has begun is sent. `continue` asks the server to write on in the same turn (vLLM and SGLang
   * can); `message` sends it as a finished message, for servers that refuse unknown fields: the model then answers in a
   * new turn and may repeat itself.
   */
  assistantPrefix: Schema.Literals(["continue", "message"]).pipe(withDefault(Effect.succeed("continue" as const)))
})
export type ChatSettings = typeof ChatSettings.Type

/** The offline model that runs inside the process; it needs no server and no key. */
export const HeuristicSettings = Schema.Struct({ kind: Schema.Literal("heuristic") })
export type HeuristicSettings = typeof HeuristicSettings.Type

/** One entry of `models:` in the configuration. Its JSON form holds no secret and is safe to record. */
export const ModelSettings = Schema.Union([SglangSettings, CompletionsSettings, ChatSettings, HeuristicSettings]).pipe(
  Schema.toTaggedUnion("kind")
)
export type ModelSettings = typeof ModelSettings.Type

/** The settings of a model that is reached over HTTP. */
export type HttpModelSettings = Exclude<ModelSettings, HeuristicSettings>

/** The template a raw-text model is prompted with. */
export const templateOf = (settings: SglangSettings | CompletionsSettings): ChatTemplate =>
  settings.template === "chatml" ? chatml : settings.template

import { Schema } from "effect"
import { optional, required, withDefault } from "./keys.ts"
import {
  EnvironmentName,
  FilePath,
  Flag,
  HttpUrl,
  NonNegativeInt,
  Positive,
  PositiveInt,
  Sha256,
  Text,
  Time
} from "./scalars.ts"

/** How the models of a run are reached: each entry of `models:` gives one of them a name. */

const placeholder = "{content}"

const TemplateTurn = Schema.String.check(
  Schema.makeFilter((text: string) => text.includes(placeholder), {
    expected: `a text with the placeholder ${placeholder}`
  })
)

/** How one model family writes a chat as plain text. */
export const ChatTemplate = Schema.Struct({
  system: required(TemplateTurn, "The whole system turn; `{content}` stands for the message."),
  user: required(TemplateTurn, "The whole user turn; `{content}` stands for the message."),
  assistant: required(Schema.String, "What opens the turn that the model writes."),
  turnEnd: required(
    Text,
    "What the model writes when its turn is over: sent as one more stop string, never part of a generation."
  )
})
export type ChatTemplate = typeof ChatTemplate.Type

const RateLimit = Schema.Struct({
  requestsPerSecond: optional(Positive, "Requests a second."),
  maxConcurrent: optional(PositiveInt, "Requests at the same time.")
})

const CircuitBreaker = Schema.Struct({
  failures: withDefault(PositiveInt, 5, "Calls in a row that used up their retries before calls fail at once."),
  cooldown: withDefault(Time, "30 seconds", "How long they do.")
})

const http = {
  url: required(HttpUrl, "Address of the server, with or without a trailing `/v1`."),
  model: required(Text, "The name the server knows the model by."),
  apiKeyEnv: optional(EnvironmentName, "Environment variable that holds the bearer token; none is sent without it."),
  timeout: withDefault(
    Time,
    "120 seconds",
    "Longest wait for one whole reply, of each attempt; also the longest `Retry-After` that is waited for."
  ),
  retries: withDefault(NonNegativeInt, 4, "Further attempts after the first, for failures that may pass."),
  backoff: withDefault(
    Time,
    "500 millis",
    "Wait before the first retry; it doubles with every further one, up to 30 seconds, with a jitter of 20 %."
  ),
  rateLimit: withDefault(RateLimit, {}, "Traffic to the model from one process at most; what exceeds it waits."),
  circuitBreaker: withDefault(CircuitBreaker, {}, "When a server that keeps failing is left alone."),
  logProbs: withDefault(
    Flag,
    false,
    "Ask for the log-probability (and, where the server can, the id) of every new token."
  ),
  thinking: withDefault(
    Schema.Literals(["default", "off"]),
    "default",
    "`off` keeps a hybrid reasoning model from thinking, as the paper runs its judges. A chat server applies it to the turns it opens, not to one that `assistantPrefix: continue` goes on with."
  ),
  cutShort: withDefault(
    Schema.Literals(["retry", "keep"]),
    "retry",
    "What to do with a reply that ended for length before `maxNewTokens` were generated: a server under memory pressure may do better next time (`retry`), one whose context window is full never will (`keep`)."
  ),
  extra: withDefault(
    Schema.JsonObject,
    {},
    "Further fields of the request body, for what only one server understands. They win over ours."
  )
}

const template = withDefault(
  Schema.Union([Schema.Literal("chatml"), ChatTemplate]).annotate({ expected: '"chatml" or a template' }),
  "chatml",
  "How a chat is written as plain text: `chatml`, as the Qwen family does, or a template of its own."
)

export const SglangSettings = Schema.Struct({ kind: Schema.Literal("sglang"), ...http, template }).annotate({
  description: "A model behind SGLang's native `POST /generate`: raw text, token ids, and the stop string told."
})
export type SglangSettings = typeof SglangSettings.Type

export const CompletionsSettings = Schema.Struct({ kind: Schema.Literal("completions"), ...http, template }).annotate({
  description: "A model behind an OpenAI-compatible `POST /v1/completions`: raw text."
})
export type CompletionsSettings = typeof CompletionsSettings.Type

export const ChatSettings = Schema.Struct({
  kind: Schema.Literal("chat"),
  ...http,
  assistantPrefix: withDefault(
    Schema.Literals(["continue", "message"]),
    "continue",
    "How an assistant turn that has begun is sent. `continue` asks the server to write on in the same turn (vLLM and SGLang can); `message` sends it as a finished message, for servers that refuse unknown fields: the model then answers in a new turn and may repeat itself."
  )
}).annotate({
  description: "A model behind an OpenAI-compatible `POST /v1/chat/completions`: the server writes the chat template."
})
export type ChatSettings = typeof ChatSettings.Type

export const HeuristicSettings = Schema.Struct({ kind: Schema.Literal("heuristic") }).annotate({
  description: "The offline model that runs inside the process; it needs no server and no key."
})
export type HeuristicSettings = typeof HeuristicSettings.Type

export const LocalSettings = Schema.Struct({
  kind: Schema.Literal("local"),
  folder: required(
    FilePath,
    "Its folder in Hugging Face's layout: a Qwen2 or Qwen2.5 model, or a causal language model exported to ONNX. Entries with the same folder, weights and limits share one."
  ),
  sha256: optional(
    Sha256,
    "Of a Qwen2 model, as a training tells it of the policy it made: another model in the folder is refused, and wherever the folder lies it is the same configuration."
  ),
  weights: withDefault(
    Schema.Literals(["float32", "int8"]),
    "float32",
    "How its weights are kept and multiplied: `int8` takes a quarter of the memory and is faster for few sequences, but writes slightly differently."
  ),
  template: withDefault(
    Schema.Union([Schema.Literals(["model", "chatml"]), ChatTemplate]).annotate({
      expected: '"model", "chatml" or a template'
    }),
    "model",
    "How a chat is written as plain text: `model`, as the template in its folder does; `chatml`, as the Qwen family does; or a template of its own."
  ),
  thinking: withDefault(
    Schema.Literals(["default", "off"]),
    "default",
    "`off` keeps a hybrid reasoning model from thinking, as the paper runs its judges."
  ),
  logProbs: withDefault(Flag, false, "Tell the log-probability and the id of every new token."),
  reproducible: optional(
    Flag,
    "Generate the same text to the bit whatever is generated beside it or was before: every prompt is then read whole and anew, which takes longer."
  ),
  engines: optional(
    PositiveInt,
    "Copies of it that generate side by side, each with its own threads; 1 without it. A small model keeps one core busy, so there may be as many as there are cores."
  ),
  threads: optional(
    PositiveInt,
    "Threads that compute; as many as there are cores without it, but one for a model of fewer than 4 million parameters."
  ),
  maxBatch: withDefault(PositiveInt, 32, "Texts that are generated at the same time."),
  queueLimit: withDefault(PositiveInt, 1024, "Texts that wait for a place; one more fails and is tried again later."),
  cacheTokens: optional(
    PositiveInt,
    "Tokens of the texts in generation, each counted as the longest; 1,024 for each place without it, and at least one text of full length. As many of finished texts are kept for those that go on with them."
  )
}).annotate({ description: "A model that runs inside the process, on its processors; it needs no server and no key." })
export type LocalSettings = typeof LocalSettings.Type

/** One entry of `models:`. Its JSON form holds no secret and is safe to record. */
export const ModelSettings = Schema.Union([
  SglangSettings,
  CompletionsSettings,
  ChatSettings,
  LocalSettings,
  HeuristicSettings
])
  .annotate({ expected: 'a model of kind "sglang", "completions", "chat", "local" or "heuristic"' })
  .pipe(Schema.toTaggedUnion("kind"))
export type ModelSettings = typeof ModelSettings.Type

/** The settings of a model that is reached over HTTP. */
export type HttpModelSettings = Exclude<ModelSettings, LocalSettings | HeuristicSettings>

/** Whether a model is reached over HTTP. */
export const isServed = (model: ModelSettings): model is HttpModelSettings => "url" in model

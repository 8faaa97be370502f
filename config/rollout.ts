import { Schema } from "effect"
import { optional, required, withDefault } from "./keys.ts"
import { agentSystemPrompt } from "./prompts/agentSystem.ts"
import {
  FilePath,
  Flag,
  HttpUrl,
  Int,
  NonNegative,
  NonNegativeInt,
  PositiveInt,
  RunName,
  Text,
  Time,
  UnitInterval
} from "./scalars.ts"

/** What is asked, where the answers are searched, and how the policy goes about it. */

export const RunSettings = Schema.Struct({
  name: required(RunName, "Id of the run: part of every id and subject, so one name is one run."),
  samples: withDefault(PositiveInt, 1, "Initial trajectories of each question."),
  seed: withDefault(Int, 42, "Seed of everything that is drawn at random.")
})

export const QuestionSource = Schema.Struct({
  dataset: required(Text, "Name of the benchmark, e.g. `hotpotqa`; each source has its own."),
  path: required(FilePath, "JSONL file of rows `{id, question, golden_answers, metadata?, prefix?}`."),
  limit: optional(PositiveInt, "Questions taken at most; all when left out."),
  shuffle: withDefault(
    Flag,
    false,
    "Take them in an order drawn with `run.seed` instead of the file's, so that `limit` is a sample."
  )
})
export type QuestionSource = typeof QuestionSource.Type

const Bm25Retriever = Schema.Struct({
  kind: Schema.Literal("bm25"),
  corpus: required(
    FilePath,
    "JSONL file of passages `{id, contents}`, contents being the quoted title, a line break, the text."
  ),
  k1: withDefault(NonNegative, 0.9, "How fast a term's further occurrences in a passage stop counting."),
  b: withDefault(UnitInterval, 0.4, "How much long passages are held back: 0 not at all, 1 in full proportion.")
}).annotate({ description: "Lexical search inside the process." })

const ServerRetriever = Schema.Struct({
  kind: Schema.Literal("server"),
  url: required(HttpUrl, "Address of a FlashRAG-style retriever that answers `POST /search`."),
  timeout: withDefault(Time, "30 seconds", "Longest wait for one reply."),
  retries: withDefault(NonNegativeInt, 4, "Further attempts after the first, for failures that may pass.")
}).annotate({ description: "A retriever over HTTP, such as E5 over Wikipedia." })

export const RetrieverSettings = Schema.Union([Bm25Retriever, ServerRetriever])
  .annotate({ expected: 'a retriever of kind "bm25" or "server"' })
  .pipe(Schema.toTaggedUnion("kind"))
export type RetrieverSettings = typeof RetrieverSettings.Type

export const RetrievalSettings = Schema.Struct({
  topK: withDefault(PositiveInt, 5, "Documents retrieved for each query."),
  retriever: required(RetrieverSettings, "What searches, and in what.")
})

/** How a model draws its tokens: the defaults differ from use to use. */
export const samplingWith = (standard: { readonly temperature: number; readonly maxNewTokens: number }) =>
  Schema.Struct({
    temperature: withDefault(NonNegative, standard.temperature, "0 is greedy: the likeliest token, always."),
    topP: withDefault(UnitInterval, 1, "Draw from the likeliest tokens that together have this probability."),
    maxNewTokens: withDefault(PositiveInt, standard.maxNewTokens, "Tokens of one generation at most.")
  })

export const PolicySettings = Schema.Struct({
  model: withDefault(Text, "heuristic", "The search agent: a name from `models`."),
  system: withDefault(
    Schema.String,
    agentSystemPrompt,
    "System message, by default `config/prompts/agentSystem.ts`; the user message is the question itself."
  ),
  sampling: withDefault(samplingWith({ temperature: 0, maxNewTokens: 8192 }), {}, "How the policy draws its tokens."),
  maxTurns: withDefault(
    PositiveInt,
    10,
    "Generations of one trajectory at most, one a turn: 10 at inference, 5 in RL."
  ),
  maxResponseTokens: withDefault(PositiveInt, 8192, "Tokens of the assistant turn at most, results included.")
})

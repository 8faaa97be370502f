import type { Effect, Stream } from "effect"
import { Schema } from "effect"

/** How the tokens of one generation are drawn. */
export interface TokenSampling {
  /** 0 is greedy. */
  readonly temperature: number
  /** Draw from the likeliest tokens that together have this probability; 1 for all. */
  readonly topP: number
  /** Draw from this many likeliest tokens; 0 for all. */
  readonly topK: number
  readonly maxNewTokens: number
  /** Strings that end the generation; the earliest that matches wins. They may lie across tokens. */
  readonly stop: ReadonlyArray<string>
  /** Tokens that end the generation, beside the model's own end-of-text tokens. */
  readonly stopTokens: ReadonlyArray<number>
  /** Go on at the model's own end-of-text tokens. */
  readonly ignoreEndOfText: boolean
  /** The same seed, prompt and sampling draw the same tokens, whatever else is generated beside it. */
  readonly seed?: number
}

/** One sequence to be generated. */
export interface GenerationJob {
  readonly prompt: ReadonlyArray<number>
  readonly sampling: TokenSampling
  /** `top`: alternatives to tell for each token; `promptFrom`: first position of the prompt to be told about. */
  readonly logProbs?: { readonly top: number; readonly promptFrom?: number }
}

/** One token with its log-probability: natural logarithm, before temperature and truncation. */
export interface TokenLogProb {
  readonly id: number
  readonly logProb: number
  readonly top: ReadonlyArray<{ readonly id: number; readonly logProb: number }>
}

/** What a generation says while it goes on. */
export type GenerationChunk =
  | {
      readonly kind: "tokens"
      /** Text that is final: whole characters, and nothing that may turn out to be the beginning of a stop string. */
      readonly text: string
      readonly tokens: ReadonlyArray<TokenLogProb>
    }
  | {
      readonly kind: "finished"
      /** `matched` is the stop string, or the token that ended it; the stop string is not part of the text. */
      readonly reason: { readonly type: "stop"; readonly matched: string | number } | { readonly type: "length" }
      readonly promptTokens: number
      /** Tokens of the prompt whose keys and values were still there. */
      readonly cachedTokens: number
      readonly completionTokens: number
      /** From `promptFrom` on; the first token of all has none, so its `logProb` is null. */
      readonly promptLogProbs?: ReadonlyArray<Omit<TokenLogProb, "logProb"> & { readonly logProb: number | null }>
    }

/**
 * Thrown when a sequence cannot be generated: `too-long` (prompt and new tokens exceed the context), `busy` (the queue is full),
 * `bad-token` (an id the model does not have), `failed` (the runtime gave up).
 */
export class EngineError extends Schema.TaggedError<EngineError>()("EngineError", {
  reason: Schema.Literals(["too-long", "busy", "bad-token", "failed"]),
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/** What an engine is doing. Totals count since it started. */
export interface EngineStats {
  readonly running: number
  readonly waiting: number
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly completionTokens: number
  /** Tokens the key-value cache can hold, and holds for sequences that run. */
  readonly cacheCapacity: number
  readonly cacheUsed: number
}

/** A tokenizer and the model's chat template, from its folder. */
export interface ModelText {
  readonly encode: (text: string) => ReadonlyArray<number>
  readonly decode: (tokens: ReadonlyArray<number>) => string
  /** The messages as one text that ends where the assistant's answer begins; undefined where the model has no template. */
  readonly renderChat?: (messages: ReadonlyArray<{ readonly role: string; readonly content: string }>) => string
}

/** A causal language model that generates many sequences at once, each joining and leaving between steps. */
export interface GenerationEngine {
  readonly model: {
    readonly name: string
    readonly vocabularySize: number
    readonly maxPositions: number
    readonly endOfText: ReadonlyArray<number>
  }
  readonly text: ModelText
  /** Generates one sequence. Interrupting the stream takes it out of the batch. */
  readonly generate: (job: GenerationJob) => Stream.Stream<GenerationChunk, EngineError>
  readonly stats: Effect.Effect<EngineStats>
  /** Goes on with the weights of another folder of the same shape; sequences that run are finished with the old ones. */
  readonly updateWeights: (folder: string) => Effect.Effect<void, EngineError>
}

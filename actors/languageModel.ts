import { Context, type Effect, Schema } from "effect"
import type { Sampling } from "../events/shapes.ts"
import { serverAway, serverFailure, serverFailureReasons } from "./serverFailure.ts"

/** One chat of a system message, a user message and the assistant turn so far, which the model continues. */
export interface GenerationRequest {
  /** The model's name in the configuration (`models:`), not the name its server knows it by. */
  readonly model: string
  readonly system: string
  readonly user: string
  /** The assistant turn so far; empty to begin a new one. The generated text is appended to it without a separator. */
  readonly assistant: string
  readonly sampling: Sampling
}

/** What a model generated, with what its server told about it. */
export interface Generation {
  /** The new text only, with the matched stop string at its end. */
  readonly text: string
  readonly finishReason: "stop" | "length"
  /** The name the server gives the model. */
  readonly model: string
  /** Tokens of the prompt and of the new text; absent when the server does not count. */
  readonly promptTokens?: number
  readonly completionTokens?: number
  /** One id and one log-probability (natural logarithm) for each new token, where the server gives them. */
  readonly tokenIds?: ReadonlyArray<number>
  readonly logProbs?: ReadonlyArray<number>
  readonly latencyMs: number
}

/**
 * Thrown when a model gave no usable text: `unknown-model` (no such name in the configuration), or what its server did.
 * `overloaded` also says that its circuit is open.
 */
export class GenerationError extends Schema.TaggedError<GenerationError>()("GenerationError", {
  model: Schema.String,
  reason: Schema.Literals(["unknown-model", ...serverFailureReasons]),
  ...serverFailure
}) {
  get outage(): string | undefined {
    return serverAway(`model "${this.model}"`, this)
  }

  override get message(): string {
    return `model "${this.model}": ${this.reason}: ${this.detail}`
  }
}

/** The models an actor may call: policy, judge and refiner alike, each by its name in the configuration. */
export class LanguageModel extends Context.Service<
  LanguageModel,
  { readonly generate: (request: GenerationRequest) => Effect.Effect<Generation, GenerationError> }
>()("smartsearch/actors/LanguageModel") {}

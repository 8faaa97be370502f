import { Effect, Metric } from "effect"
import type { Generate } from "./httpModel.ts"

/** What one model was used for since the process started. A call counts once, however often it was retried. */
export interface ModelUsage {
  readonly calls: number
  readonly failures: number
  /** Tokens, as far as the servers counted them. */
  readonly promptTokens: number
  readonly completionTokens: number
}

const none: ModelUsage = { calls: 0, failures: 0, promptTokens: 0, completionTokens: 0 }

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

const counters: { readonly [K in keyof ModelUsage]: Metric.Counter<number> } = {
  calls: counter("smartsearch_model_calls", "Calls of a language model"),
  failures: counter("smartsearch_model_failures", "Calls of a language model that gave no text"),
  promptTokens: counter("smartsearch_model_prompt_tokens", "Tokens read by a language model"),
  completionTokens: counter("smartsearch_model_completion_tokens", "Tokens written by a language model")
}

const fields = ["calls", "failures", "promptTokens", "completionTokens"] as const

/** Counts the calls of a model. */
export const metered = (model: string, generate: Generate): Generate => {
  const own = {
    calls: Metric.withAttributes(counters.calls, { model }),
    failures: Metric.withAttributes(counters.failures, { model }),
    promptTokens: Metric.withAttributes(counters.promptTokens, { model }),
    completionTokens: Metric.withAttributes(counters.completionTokens, { model })
  }
  const count = (field: keyof ModelUsage, amount: number) => Metric.update(own[field], amount)
  return (request) =>
    count("calls", 1).pipe(
      Effect.andThen(generate(request)),
      Effect.tap(({ promptTokens = 0, completionTokens = 0 }) =>
        Effect.andThen(count("promptTokens", promptTokens), count("completionTokens", completionTokens))
      ),
      Effect.tapError(() => count("failures", 1))
    )
}

/** What the given models were used for; zeros for one that was never called. */
export const modelUsage = Effect.fnUntraced(function* (models: Iterable<string>) {
  const usage: Record<string, ModelUsage> = {}
  for (const model of models) {
    const row: { -readonly [K in keyof ModelUsage]: number } = { ...none }
    for (const field of fields) {
      const state = yield* Metric.value(Metric.withAttributes(counters[field], { model }))
      row[field] = state.count
    }
    usage[model] = row
  }
  return usage
})

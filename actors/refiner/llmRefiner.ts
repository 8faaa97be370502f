import { Effect } from "effect"
import type { Sampling } from "../../events/shapes.ts"
import type { PromptForm } from "../../method/briefPrompts.ts"
import { stopAfterSearch } from "../../method/protocol.ts"
import { type Actor, defineActor } from "../actor.ts"
import { askModel } from "../askModel.ts"
import type { GenerationError, LanguageModel } from "../languageModel.ts"
import type { PromptTemplate } from "../promptTemplate.ts"
import { parseRefinement } from "./parseRefinement.ts"
import { type Refinement, type RoundToRefine, refineRounds } from "./refineRounds.ts"
import { type RefinerPrompt, refinerPromptOf } from "./refinerPrompt.ts"

export interface LlmRefinerSettings {
  /** The refiner's name in the configuration. */
  readonly model: string
  readonly prompt: PromptForm
  /** Temperature 0.6 in the paper. */
  readonly sampling: Omit<Sampling, "stop">
  /** Replies asked for at most until one holds a new query. */
  readonly attempts: number
}

/**
 * Rewrites low-quality queries with a model (SmartSearch, arXiv 2601.04888, query refinement): it reads the question, the
 * trajectory up to the query's results, and the feedback on the query; asked briefly, the question and what came before the
 * query. The template is what a full prompt is written with.
 */
export const llmRefiner = (
  settings: LlmRefinerSettings,
  template: PromptTemplate
): Actor<"TrajectoryAssessed", GenerationError, LanguageModel> => {
  const prompt = refinerPromptOf(settings.prompt, template)
  const author = { name: "refiner", version: prompt.version }
  return defineActor({
    ...author,
    consumes: ["TrajectoryAssessed"],
    handle: (event) => refineRounds(event, author, (round) => refine(round, settings, prompt))
  })
}

const refine = Effect.fn("refiner.refine")(function* (
  refined: RoundToRefine,
  { model, sampling, attempts }: LlmRefinerSettings,
  { write }: RefinerPrompt
): Effect.fn.Return<Refinement, GenerationError, LanguageModel> {
  const { query } = refined.round
  const { value, exchange } = yield* askModel(
    { model, ...write(refined), sampling: { ...sampling, stop: [stopAfterSearch] }, attempts },
    (reply) => onlyRefined(parseRefinement(reply, query))
  )
  return { proposal: value ?? parseRefinement(exchange.reply, query), exchange }
})

const onlyRefined = <P extends { readonly kind: string }>(proposal: P): P | undefined =>
  proposal.kind === "refined" ? proposal : undefined

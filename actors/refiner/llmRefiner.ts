import { Effect } from "effect"
import type { Sampling } from "../../events/shapes.ts"
import { stopAfterSearch } from "../../method/protocol.ts"
import { type Actor, defineActor } from "../actor.ts"
import { askModel } from "../askModel.ts"
import type { GenerationError, LanguageModel } from "../languageModel.ts"
import { fill, type PromptTemplate } from "../promptTemplate.ts"
import { parseRefinement } from "./parseRefinement.ts"
import { type Refinement, type RoundToRefine, refineRounds } from "./refineRounds.ts"

export interface LlmRefinerSettings {
  /** The refiner's name in the configuration. */
  readonly model: string
  /** Temperature 0.6 in the paper. */
  readonly sampling: Omit<Sampling, "stop">
  /** Replies asked for at most until one holds a new query. */
  readonly attempts: number
}

const author = { name: "refiner", version: "llm-1" }

/**
 * Rewrites low-quality queries with a model (SmartSearch, arXiv 2601.04888, query refinement): it reads the question, the
 * trajectory up to the query's results, and the feedback on the query.
 */
export const llmRefiner = (
  settings: LlmRefinerSettings,
  prompt: PromptTemplate
): Actor<"TrajectoryAssessed", GenerationError, LanguageModel> =>
  defineActor({
    ...author,
    consumes: ["TrajectoryAssessed"],
    handle: (event) => refineRounds(event, author, (round) => refine(round, settings, prompt))
  })

const refine = Effect.fn("refiner.refine")(function* (
  { trajectory, round, feedback }: RoundToRefine,
  { model, sampling, attempts }: LlmRefinerSettings,
  prompt: PromptTemplate
): Effect.fn.Return<Refinement, GenerationError, LanguageModel> {
  const values = {
    question: trajectory.question.question,
    trajectory: trajectory.transcript.slice(0, round.resultEnd),
    query: round.query,
    feedback
  }
  const { value, exchange } = yield* askModel(
    {
      model,
      system: prompt.system,
      user: fill(prompt.user, values),
      sampling: { ...sampling, stop: [stopAfterSearch] },
      attempts
    },
    (reply) => onlyRefined(parseRefinement(reply, round.query))
  )
  return { proposal: value ?? parseRefinement(exchange.reply, round.query), exchange }
})

const onlyRefined = <P extends { readonly kind: string }>(proposal: P): P | undefined =>
  proposal.kind === "refined" ? proposal : undefined

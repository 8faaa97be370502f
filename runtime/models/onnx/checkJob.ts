import { roundCells } from "./cache/rowCache.ts"
import { EngineError, type GenerationJob } from "./generationEngine.ts"

/** What a model can generate at most. */
export interface JobLimits {
  readonly vocabularySize: number
  readonly maxPositions: number
  readonly cacheTokens: number
}

/** Why a job can't be generated; undefined when it can. */
export const problemOf = ({ prompt, sampling }: GenerationJob, limits: JobLimits): EngineError | undefined => {
  const { cacheTokens, maxPositions, vocabularySize } = limits
  if (prompt.length === 0) return refusal("bad-token", "the prompt has no tokens: there is nothing to go on from")
  const isKnown = (id: number) => Number.isInteger(id) && id >= 0 && id < vocabularySize
  const wrong = prompt.findIndex((id) => !isKnown(id))
  if (wrong >= 0) {
    const detail = `token ${wrong} of the prompt is ${prompt[wrong]}; the model's go from 0 to ${vocabularySize - 1}`
    return refusal("bad-token", detail)
  }
  const length = prompt.length + sampling.maxNewTokens
  const sum = `${prompt.length} tokens of the prompt and up to ${sampling.maxNewTokens} new ones`
  if (length > maxPositions) return refusal("too-long", `${sum} exceed the model's context of ${maxPositions}`)
  if (roundCells(length) > cacheTokens) return refusal("too-long", `${sum} exceed the cache of ${cacheTokens} tokens`)
  return undefined
}

const refusal = (reason: EngineError["reason"], detail: string) => new EngineError({ reason, detail })

import { Clock, Effect } from "effect"
import type { Generation, GenerationRequest } from "../../../actors/languageModel.ts"
import type { Generate } from "../httpModel.ts"
import { continueHeuristically } from "./continueHeuristically.ts"

/**
 * The heuristic policy as a language model: it needs no server, no key and no network, and never fails.
 *
 * It reads the user message as the question and ignores the system message. Tokens are counted as words between white space,
 * roughly three quarters of what a vocabulary would count. `maxNewTokens` and `stop` hold as for any model. It is greedy, unless
 * the temperature is above 0 and a seed is given: then the seed decides between near-equal choices.
 */
export const heuristicModel: Generate = Effect.fnUntraced(function* (request: GenerationRequest) {
  const started = yield* Clock.currentTimeMillis
  const { seed, temperature } = request.sampling
  const { user, assistant } = request
  const written = continueHeuristically(
    temperature > 0 && seed !== undefined ? { user, assistant, seed } : { user, assistant }
  )
  const stopped = upToStop(written, request.sampling.stop)
  const text = withinLimit(stopped, request.sampling.maxNewTokens)
  const generation: Generation = {
    text,
    finishReason: text === stopped ? "stop" : "length",
    model: "heuristic",
    promptTokens: wordsOf(`${request.system} ${user} ${assistant}`).length,
    completionTokens: wordsOf(text).length,
    latencyMs: (yield* Clock.currentTimeMillis) - started
  }
  return generation
})

/** Words with the white space before them. */
const wordsOf = (text: string): ReadonlyArray<string> => text.match(/\s*\S+/g) ?? []

const upToStop = (text: string, stops: ReadonlyArray<string>): string => {
  const ends = stops.flatMap((stop) => (text.includes(stop) ? [text.indexOf(stop) + stop.length] : []))
  return text.slice(0, Math.min(text.length, ...ends))
}

const withinLimit = (text: string, words: number): string =>
  wordsOf(text).length > words ? wordsOf(text).slice(0, words).join("") : text

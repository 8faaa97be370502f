import { Effect, Stream } from "effect"
import type { EngineStats, GenerationEngine } from "./generationEngine.ts"

/**
 * Several engines of one model as one: each text goes to the one that has the fewest. A small model keeps a single core busy, so
 * there may be as many as there are cores.
 *
 * @param first tells of the model
 */
export const enginePool = (first: GenerationEngine, others: ReadonlyArray<GenerationEngine>): GenerationEngine => {
  const places = [first, ...others].map((engine) => ({ engine, texts: 0 }))
  const engines = places.map(({ engine }) => engine)
  return {
    model: first.model,
    text: first.text,
    generate: (job) =>
      Stream.unwrap(
        Effect.acquireRelease(
          Effect.sync(() => {
            const place = places.reduce((least, other) => (other.texts < least.texts ? other : least))
            place.texts++
            return place
          }),
          (place) => Effect.sync(() => void place.texts--)
        ).pipe(Effect.map(({ engine }) => engine.generate(job)))
      ),
    stats: Effect.map(Effect.all(engines.map(({ stats }) => stats)), (all) => all.reduce(sumOf)),
    updateWeights: (folder) =>
      Effect.forEach(engines, ({ updateWeights }) => updateWeights(folder), { discard: true, concurrency: "unbounded" })
  }
}

const sumOf = (left: EngineStats, right: EngineStats): EngineStats => ({
  running: left.running + right.running,
  waiting: left.waiting + right.waiting,
  promptTokens: left.promptTokens + right.promptTokens,
  cachedTokens: left.cachedTokens + right.cachedTokens,
  completionTokens: left.completionTokens + right.completionTokens,
  cacheCapacity: left.cacheCapacity + right.cacheCapacity,
  cacheUsed: left.cacheUsed + right.cacheUsed
})

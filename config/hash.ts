import { hash } from "node:crypto"
import { Schema } from "effect"
import { canonicalJson } from "../events/canonicalJson.ts"
import { modelUses } from "./check.ts"
import type { HttpModelSettings, LocalSettings, ModelSettings } from "./models.ts"
import { Settings } from "./settings.ts"

const encode = Schema.encodeSync(Settings)

/** The whole configuration as JSON, for the log. It names secrets by their environment variables and holds none. */
export const publicConfig = (settings: Settings): Schema.Json => encode(settings)

/**
 * sha256 of what decides the events of a run, so that a run is resumed only with the same: everything about questions,
 * retrieval, models, policy, scoring, judge and refinement.
 *
 * Left out is what changes no result: the run's name, where files and servers are, how hard servers are pressed, the broker,
 * and all that comes after the log (datasets, training). The contents of the files are not in it either: a run's first event
 * records the questions' sha256 and the corpus's fingerprint beside it. Of a local model its
 * sha256 is in it or, where none is told, its folder.
 */
export const configHash = (settings: Settings): string => hash("sha256", canonicalJson(decisive(settings)), "hex")

const decisive = (settings: Settings) => ({
  run: { samples: settings.run.samples, seed: settings.run.seed },
  questions: settings.questions.map(({ path: _, ...source }) => source),
  retrieval: { topK: settings.retrieval.topK, retriever: decisiveRetriever(settings.retrieval.retriever) },
  models: Object.fromEntries(modelUses(settings).map(({ model }) => [model, decisiveModel(settings.models[model])])),
  policy: settings.policy,
  scoring: settings.scoring,
  judge: decisiveTask(settings.judge),
  ...(settings.studentJudge === undefined ? {} : { studentJudge: decisiveTask(settings.studentJudge) }),
  refinement: settings.refinement.enabled
    ? { ...settings.refinement, refiner: decisiveTask(settings.refinement.refiner) }
    : { enabled: false }
})

/** What of a judge's or a refiner's settings decides what it writes. A full prompt goes unsaid, as when there was no other. */
export const decisiveTask = (task: Settings["judge"] | Settings["refinement"]["refiner"] | StudentJudge) =>
  Object.fromEntries(Object.entries(task).filter(([key, value]) => key !== "prompt" || value !== "full"))

type StudentJudge = NonNullable<Settings["studentJudge"]>

const decisiveRetriever = (retriever: Settings["retrieval"]["retriever"]) => {
  if (retriever.kind === "server") return { kind: retriever.kind }
  const { corpus: _, ...rules } = retriever
  return rules
}

/** How a model's server is reached and pressed, and how much of the machine one in this process may use. */
const reaching: ReadonlyArray<string> = [
  "url",
  "apiKeyEnv",
  "timeout",
  "retries",
  "backoff",
  "rateLimit",
  "circuitBreaker",
  "engines",
  "threads",
  "maxBatch",
  "queueLimit",
  "cacheTokens"
] satisfies ReadonlyArray<keyof HttpModelSettings | keyof LocalSettings>

/** What of a model's settings decides what it writes. */
export const decisiveModel = (model: ModelSettings | undefined) => {
  const isPinned = model?.kind === "local" && model.sha256 !== undefined
  const ignored = isPinned ? [...reaching, "folder"] : reaching
  return model && Object.fromEntries(Object.entries(model).filter(([key]) => !ignored.includes(key)))
}

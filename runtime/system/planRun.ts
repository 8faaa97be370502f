import { hash } from "node:crypto"
import { Effect, type Schema } from "effect"
import { configHash, publicConfig } from "../../config/hash.ts"
import { ConfigError, type Problem } from "../../config/problems.ts"
import { type QuestionSet, readQuestions } from "../../config/questions.ts"
import type { Settings } from "../../config/settings.ts"
import { type LoadedRetriever, loadRetriever } from "../retrievers/retrievers.ts"
import { version } from "../version.ts"

/** What a run is: everything that decides its events. */
export interface RunPlan {
  readonly settings: Settings
  /** The configuration without secrets, as the log keeps it. */
  readonly config: Schema.Json
  readonly sets: ReadonlyArray<QuestionSet>
  readonly retriever: LoadedRetriever
  /** sha256 of all that decides the run's events, the contents of its files included. */
  readonly hash: string
  readonly version: string
}

/** The evidence judge can't judge a question without gold passages: better to say so before a run than after it. */
const withoutEvidence = (settings: Settings, sets: ReadonlyArray<QuestionSet>): ReadonlyArray<Problem> => {
  if (settings.judge.kind !== "evidence") return []
  return sets.flatMap((set, index) => {
    const bare = set.questions.filter(({ question }) => (question.evidence?.passageIds.length ?? 0) === 0)
    const first = bare[0]?.question.id
    const message = `${bare.length} of ${set.questions.length} questions of ${set.dataset} name no gold passages (first: ${first}), which the evidence judge needs; set judge.kind to llm, or give metadata.gold_passage_ids`
    return first === undefined ? [] : [{ where: settings.questions[index]?.path ?? set.dataset, message }]
  })
}

/** Reads all that a run needs, questions and corpus, and checks that it fits together. Nothing is stored yet. */
export const planRun = Effect.fn("planRun")(function* (settings: Settings) {
  const sets = yield* Effect.forEach(settings.questions, (source) => readQuestions(source, settings.run.seed))
  const problems = withoutEvidence(settings, sets)
  if (problems.length > 0) return yield* new ConfigError({ problems })
  const retriever = yield* loadRetriever(settings.retrieval.retriever)
  const decisive = [
    configHash(settings),
    retriever.fingerprint,
    ...sets.map(({ dataset, questions, sha256 }) => `${dataset}:${questions.length}:${sha256}`)
  ]
  const plan: RunPlan = {
    settings,
    config: publicConfig(settings),
    sets,
    retriever,
    hash: hash("sha256", decisive.join("\n"), "hex"),
    version
  }
  return plan
})

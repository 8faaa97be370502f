import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { agentRollout } from "../../actors/agent-rollout/agentRollout.ts"
import { assessment } from "../../actors/assessment/assessment.ts"
import type { LanguageModel } from "../../actors/languageModel.ts"
import { redundancyChecker } from "../../actors/redundancy-checker/redundancyChecker.ts"
import { llmRefiner } from "../../actors/refiner/llmRefiner.ts"
import { retrieval } from "../../actors/retrieval/retrieval.ts"
import type { Retriever } from "../../actors/retrieval/retriever.ts"
import { evidenceJudge } from "../../actors/reward-judge/evidenceJudge.ts"
import { llmJudge } from "../../actors/reward-judge/llmJudge.ts"
import { runMonitor } from "../../actors/run-monitor/runMonitor.ts"
import { type Scorer, scorerActor } from "../../actors/scorer.ts"
import { trainingRequest } from "../../actors/trainer/testing/request.ts"
import { memoryStore, scriptedEngine } from "../../actors/trainer/testing/scriptedEngine.ts"
import { trainer } from "../../actors/trainer/trainer.ts"
import { TrainingEngine, TrainingError } from "../../actors/trainer/trainingEngine.ts"
import { judgePrompt } from "../../config/prompts/judge.ts"
import { refinerPrompt } from "../../config/prompts/refiner.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import { correlationId } from "../../events/ids.ts"
import type { DataOf } from "../../events/registry.ts"
import { systemRunId } from "../../events/subjects.ts"
import { byCommand, combine, datasetBuilt, requested, started, trainingAsked } from "./commands.ts"
import { isJudgedByStudent, school, schooling } from "./school.ts"
import { actor, complete, type Draft, inRuns, manager, type Reaction, simulate } from "./simulate.ts"
import { models, question, retriever } from "./world.ts"

/**
 * The story of the golden log, as the actors of today tell it: one question, asked five times.
 *
 * The first sample repeats a query; the query is refined and its branch finds the answer. The second has a query that the
 * refiner can't better and one that the judge can't judge. The third is right at once. The fourth is parked by the retriever,
 * the fifth refused by the policy's server. A second judge gives its opinion too late each time, and a scorer of someone's own
 * has one as well. Then a person corrects a score, a dataset is built, and a second run is given up. A policy is trained to
 * imitate, and another one from it to prefer, which runs out of memory on the way. At last a policy goes to school: `school.ts`.
 */
export const story: Effect.Effect<ReadonlyArray<AnyEvent>> = Effect.gen(function* () {
  const beginning = [registered, started(asking), ...requested(asking)].map(complete)
  const log = yield* simulate(beginning, [...everyRun(), actor(evidenceJudge), actor(scorerActor(brevity))])
  const ending = [...endingOf(log), imitation, preference, schooling]
  const told = [...log, ...ending.map((draft, index) => complete(draft, log.length + index))]
  return yield* simulate<LanguageModel | Retriever | TrainingEngine>(told, [
    ...everyRun(),
    ...school(),
    actor(trainer)
  ]).pipe(Effect.provideService(TrainingEngine, engine()))
}).pipe(Effect.provide(Layer.provideMerge(Layer.mergeAll(models, retriever), TestClock.layer())))

/** Who acts in every run. */
const everyRun = (): ReadonlyArray<Reaction<LanguageModel | Retriever>> => [
  manager(assessment),
  manager(runMonitor),
  actor(agentRollout),
  actor(retrieval),
  actor(redundancyChecker()),
  inRuns(
    (runId) => !isJudgedByStudent(runId),
    actor(llmJudge({ model: "judge", prompt: "full", sampling, attempts: 2 }, judgePrompt))
  ),
  actor(llmRefiner({ model: "refiner", prompt: "full", sampling, attempts: 2 }, refinerPrompt))
]

/** A scorer that nobody asked for: no combination names it. */
const brevity: Scorer = {
  name: "brevity",
  version: "1",
  score: ({ query }) => {
    const words = query.split(" ").length
    return { score: words <= 4 ? 1 : 0, explanation: `The query has ${words} words.`, note: { words } }
  }
}

const run = "golden"
const asking = { id: run, seeds: [42, 43, 44, 45, 46] }
const sampling = { temperature: 0.6, topP: 1, maxNewTokens: 2048 }

const registered = byCommand("actors", systemRunId, "actors add:brevity:1", {
  type: "ActorRegistered",
  subject: "brevity",
  data: {
    actor: "brevity",
    version: "1",
    consumes: ["DocumentsRetrieved"],
    module: { path: "/srv/scorers/brevity.ts", sha256: "5b9a3c1f".repeat(8) },
    backfill: "all"
  }
})

/** What happens once the run is complete. */
const endingOf = (log: ReadonlyArray<AnyEvent>): ReadonlyArray<Draft> => [
  ...log.flatMap((event) => (event.type === "RefinementFailed" ? [corrected(event.data)] : [])),
  datasetBuilt(run, log.length, {
    kind: "dpo",
    format: "alpaca",
    config: { combine, f1: { threshold: 0.8 }, pairing: "reference" },
    rows: 1,
    files: [{ name: "dpo.alpaca.json", sha256: "e2f3a4b5".repeat(8), bytes: 1874 }],
    location: "/srv/out/golden/dpo"
  }),
  byCommand("actors", systemRunId, "actors retire:brevity:1", {
    type: "ActorRetired",
    subject: "brevity",
    data: { actor: "brevity", reason: "short queries turned out to be no better" }
  }),
  started({ ...asking, id: "golden-2" }),
  byCommand("run", "golden-2", "run:golden-2:given-up", {
    type: "RunFailed",
    subject: "golden-2",
    data: { reason: "stopped by the user" }
  })
]

/** Five steps for every training; the one that prefers has room for four. */
const engine = () =>
  scriptedEngine({
    steps: 5,
    store: memoryStore(),
    failAt: (step, { objective }) =>
      objective.kind === "dpo" && step > 4
        ? new TrainingError({
            detail: "out of memory; train with a smaller batchSize or cutoffLength",
            retryable: false
          })
        : undefined
  })

const imitation = trainingAsked(run, trainingRequest("/srv/out/golden/imitation"))

const { settings, ...sft } = trainingRequest("/srv/out/golden/preference")

const preference = trainingAsked("dpo-ba9876543210", {
  ...sft,
  trainingId: "dpo-ba9876543210",
  objective: { kind: "dpo", beta: 0.1 },
  base: { folder: "/srv/out/golden/imitation/policy", sha256: "0f1e2d3c".repeat(8) },
  reference: sft.base,
  name: "preference",
  settings: { ...settings, maxSteps: 5, lora: { rank: 8, alpha: 16, targets: ["q_proj", "v_proj"] } }
})

const corrected = ({ trajectoryId, round, queryId }: DataOf<"RefinementFailed">): Draft => ({
  ...byCommand("score", run, `score set:${queryId}:usefulness`, {
    type: "ScoreOverridden",
    subject: queryId,
    correlationid: correlationId(run, question.dataset, question.id),
    data: {
      trajectoryId,
      round,
      queryId,
      scorer: "usefulness",
      score: 1,
      reason: "The results name the architect's town, which the query asks for.",
      by: "ada"
    }
  })
})

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
import type { AnyEvent, NewEvent } from "../../events/envelope.ts"
import { actorSource, correlationId, initialTrajectoryId } from "../../events/ids.ts"
import type { DataOf } from "../../events/registry.ts"
import { systemRunId } from "../../events/subjects.ts"
import { stopAfterSearch } from "../../method/protocol.ts"
import { actor, complete, type Draft, manager, simulate } from "./simulate.ts"
import { models, question, retriever } from "./world.ts"

/**
 * The story of the golden log, as the actors of today tell it: one question, asked five times.
 *
 * The first sample repeats a query; the query is refined and its branch finds the answer. The second has a query that the
 * refiner can't better and one that the judge can't judge. The third is right at once. The fourth is parked by the retriever,
 * the fifth refused by the policy's server. A second judge gives its opinion too late each time, and a scorer of someone's own
 * has one as well. Then a person corrects a score, a dataset is built, and a second run is given up. At last a policy is trained to
 * imitate, and another one from it to prefer, which runs out of memory on the way.
 */
export const story: Effect.Effect<ReadonlyArray<AnyEvent>> = Effect.gen(function* () {
  const beginning = [registered, started(run), ...requested].map(complete)
  const log = yield* simulate<LanguageModel | Retriever>(beginning, [
    manager(assessment),
    manager(runMonitor),
    actor(agentRollout),
    actor(retrieval),
    actor(redundancyChecker()),
    actor(llmJudge({ model: "judge", prompt: "full", sampling, attempts: 2 }, judgePrompt)),
    actor(evidenceJudge),
    actor(scorerActor(brevity)),
    actor(llmRefiner({ model: "refiner", prompt: "full", sampling, attempts: 2 }, refinerPrompt))
  ])
  const ending = [...endingOf(log), imitation, preference]
  const told = [...log, ...ending.map((draft, index) => complete(draft, log.length + index))]
  return yield* simulate(told, [actor(trainer)]).pipe(Effect.provideService(TrainingEngine, engine()))
}).pipe(Effect.provide(Layer.provideMerge(Layer.mergeAll(models, retriever), TestClock.layer())))

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
const samples = [0, 1, 2, 3, 4]
const sampling = { temperature: 0.6, topP: 1, maxNewTokens: 2048 }

/** What a command stores: `name` is stable across its repetitions. */
const byCommand = (command: string, runid: string, name: string, event: NewEvent, ordinal = 0): Draft => ({
  source: actorSource(`command-${command}`, "1"),
  cause: { id: name, runid, correlationid: runid },
  ordinal,
  event
})

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

const started = (runid: string): Draft =>
  byCommand("run", runid, `run:${runid}`, {
    type: "RunStarted",
    subject: runid,
    data: {
      rollouts: samples.length,
      questions: [{ dataset: question.dataset, count: 1, sha256: "0d1e2f3a".repeat(8) }],
      retriever: { name: "bm25", fingerprint: "bm25:demo" },
      scoring: {
        combine: "novelty and usefulness",
        novelty: { maxOverlap: 1 },
        thresholds: {},
        f1: { threshold: 0.8 },
        reward: { penalty: 0.1, floor: 0.7, bonus: 0.1, ceiling: 0.3, format: 0.1 }
      },
      refinement: { enabled: true, maxDepth: 1, maxBranches: 10 },
      config: { run: { name: runid, samples: samples.length, seed: 42 }, judge: { kind: "llm", model: "judge" } },
      configHash: "4c5d6e7f".repeat(8),
      software: { version: "0.1.0", node: "v24.21.0" }
    }
  })

const requested = samples.map((sample): Draft => {
  const trajectoryId = initialTrajectoryId(run, question.dataset, question.id, sample)
  const data: DataOf<"RolloutRequested"> = {
    trajectoryId,
    rootId: trajectoryId,
    sample,
    branch: [],
    question,
    settings: {
      policy: "policy",
      system: "Search before you answer.",
      sampling: { temperature: 1, topP: 0.99, maxNewTokens: 512, stop: [stopAfterSearch], seed: 42 + sample },
      maxTurns: 5,
      maxResponseTokens: 8192,
      retriever: "bm25",
      topK: 3
    }
  }
  const correlationid = correlationId(run, question.dataset, question.id)
  return byCommand(
    "run",
    run,
    `run:${run}:rollouts`,
    { type: "RolloutRequested", subject: trajectoryId, correlationid, data },
    sample
  )
})

/** What happens once the run is complete. */
const endingOf = (log: ReadonlyArray<AnyEvent>): ReadonlyArray<Draft> => [
  ...log.flatMap((event) => (event.type === "RefinementFailed" ? [corrected(event.data)] : [])),
  byCommand("datasets", run, `dataset:dpo:${log.length}`, {
    type: "DatasetBuilt",
    subject: `${run}/dpo`,
    data: {
      kind: "dpo",
      format: "alpaca",
      projection: { name: "dpo", version: 1 },
      config: { combine: "novelty and usefulness", f1: { threshold: 0.8 }, pairing: "reference" },
      configHash: "8a9b0c1d".repeat(8),
      firstSequence: 1,
      lastSequence: log.length,
      rows: 1,
      files: [{ name: "dpo.alpaca.json", sha256: "e2f3a4b5".repeat(8), bytes: 1874 }],
      location: "/srv/out/golden/dpo"
    }
  }),
  byCommand("actors", systemRunId, "actors retire:brevity:1", {
    type: "ActorRetired",
    subject: "brevity",
    data: { actor: "brevity", reason: "short queries turned out to be no better" }
  }),
  started("golden-2"),
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

const trainingAsked = (runid: string, request: DataOf<"TrainingRequested">): Draft => ({
  ...byCommand("train", runid, `train:${request.trainingId}`, {
    type: "TrainingRequested",
    subject: request.trainingId,
    correlationid: request.trainingId,
    data: request
  })
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

import type { Deferred, Effect, Scope } from "effect"
import type { Actor } from "../../actors/actor.ts"
import { agentRollout } from "../../actors/agent-rollout/agentRollout.ts"
import { assessment } from "../../actors/assessment/assessment.ts"
import { curriculum } from "../../actors/curriculum/curriculum.ts"
import type { LanguageModel } from "../../actors/languageModel.ts"
import { redundancyChecker } from "../../actors/redundancy-checker/redundancyChecker.ts"
import { llmRefiner } from "../../actors/refiner/llmRefiner.ts"
import { offlineRefiner } from "../../actors/refiner/offlineRefiner.ts"
import { retrieval } from "../../actors/retrieval/retrieval.ts"
import type { Retriever } from "../../actors/retrieval/retriever.ts"
import { evidenceJudge } from "../../actors/reward-judge/evidenceJudge.ts"
import { llmJudge, student } from "../../actors/reward-judge/llmJudge.ts"
import { runMonitor } from "../../actors/run-monitor/runMonitor.ts"
import { judgePrompt } from "../../config/prompts/judge.ts"
import { refinerPrompt } from "../../config/prompts/refiner.ts"
import type { Settings } from "../../config/settings.ts"
import type { EventType } from "../../events/registry.ts"
import { hostActor, type Share } from "../actor-host/hostActor.ts"
import { runManager } from "../actor-host/hostProcessManagers.ts"
import type { HostSettings } from "../actor-host/settings.ts"
import type { Broker } from "../event-log/broker.ts"
import type { AppendError, ReadError } from "../event-log/errors.ts"
import type { EventLog } from "../event-log/eventLog.ts"
import type { WorkingActor } from "./work.ts"

/** An actor that can be hosted without knowing what it consumes. */
export interface Hostable {
  readonly name: WorkingActor
  readonly host: (
    settings: HostSettings,
    fatal: Deferred.Deferred<never, AppendError>,
    share: Share
  ) => Effect.Effect<void, ReadError, EventLog | Broker | LanguageModel | Retriever | Scope.Scope>
}

const hostable = <T extends EventType, E, R extends LanguageModel | Retriever>(
  name: WorkingActor,
  actor: Actor<T, E, R>
): Hostable => ({ name, host: (settings, fatal, share) => hostActor(actor, settings, fatal, share) })

/** The stateless actors that a configuration asks for. */
export const builtInActors = ({
  scoring,
  judge,
  studentJudge,
  refinement: { refiner }
}: Settings): ReadonlyArray<Hostable> => [
  hostable("agent-rollout", agentRollout),
  hostable("retrieval", retrieval),
  hostable("redundancy-checker", redundancyChecker({ maxOverlap: scoring.novelty.maxOverlap })),
  hostable("reward-judge", judge.kind === "llm" ? llmJudge(judge, judgePrompt) : evidenceJudge),
  ...(studentJudge === undefined ? [] : [hostable("student-judge", llmJudge(studentJudge, judgePrompt, student))]),
  hostable("refiner", refiner.kind === "llm" ? llmRefiner(refiner, refinerPrompt) : offlineRefiner)
]

/** The process managers of every configuration: their rules come from the log. */
export const builtInManagers = [
  { name: assessment.name, start: () => runManager(assessment) },
  { name: runMonitor.name, start: () => runManager(runMonitor) },
  { name: curriculum.name, start: () => runManager(curriculum) }
] as const

/** Names that `--actors` takes with every configuration. */
export const builtInNames = [
  "agent-rollout",
  "retrieval",
  "redundancy-checker",
  "reward-judge",
  "refiner",
  "assessment",
  "run-monitor",
  "curriculum"
] as const

/** Names that `--actors` takes with this configuration. */
export const hostableNames = ({ studentJudge }: Settings): ReadonlyArray<string> => [
  ...builtInNames,
  ...(studentJudge === undefined ? [] : [student.actor])
]

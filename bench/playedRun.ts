import type { Context } from "effect"
import { Effect } from "effect"
import type { Actor } from "../actors/actor.ts"
import { agentRollout } from "../actors/agent-rollout/agentRollout.ts"
import { assessment } from "../actors/assessment/assessment.ts"
import type { LanguageModel } from "../actors/languageModel.ts"
import type { ProcessManager } from "../actors/processManager.ts"
import { redundancyChecker } from "../actors/redundancy-checker/redundancyChecker.ts"
import { offlineRefiner } from "../actors/refiner/offlineRefiner.ts"
import { retrieval } from "../actors/retrieval/retrieval.ts"
import type { Retriever } from "../actors/retrieval/retriever.ts"
import { evidenceJudge } from "../actors/reward-judge/evidenceJudge.ts"
import { runMonitor } from "../actors/run-monitor/runMonitor.ts"
import { makeEvent } from "../events/codec.ts"
import type { AnyEvent, EventOf } from "../events/envelope.ts"
import { actorSource } from "../events/ids.ts"
import type { EventType } from "../events/registry.ts"
import type { RunPlan } from "../runtime/system/planRun.ts"
import { runEvents } from "../runtime/system/startRun.ts"

/** What an event makes one of the players emit. */
type Player = (event: AnyEvent) => ReadonlyArray<AnyEvent>

type Services = LanguageModel | Retriever

const time = "2026-01-01T00:00:00.000Z"

/**
 * The events of a whole run in an order they might have in the log, without a broker: the real actors one after the other,
 * each event handled in turn. The services must answer at once, as BM25 and the heuristic policy do.
 */
export const playRun = function* (plan: RunPlan, services: Context.Context<Services>): Iterable<AnyEvent> {
  const players: ReadonlyArray<Player> = [
    actor(agentRollout, services),
    actor(retrieval, services),
    actor(redundancyChecker({ maxOverlap: plan.settings.scoring.novelty.maxOverlap }), services),
    actor(evidenceJudge, services),
    actor(offlineRefiner, services),
    manager(assessment),
    manager(runMonitor)
  ]
  let due = runEvents(plan, time)
  while (due.length > 0) {
    yield* due
    due = due.flatMap((event) => players.flatMap((play) => play(event)))
  }
}

const actor = <T extends EventType, E>(
  { name, version, consumes, handle }: Actor<T, E, Services>,
  services: Context.Context<Services>
): Player => {
  const source = actorSource(name, version)
  const run = Effect.runSyncWith(services)
  return (event) => {
    if (!isOneOf(event, consumes)) return []
    const { runid, id: causationid, correlationid } = event
    return run(handle(event)).map((emitted, ordinal) =>
      makeEvent(emitted, { source, runid, causationid, correlationid, ordinal, time })
    )
  }
}

const manager = <State, T extends EventType>(manager: ProcessManager<State, T>): Player => {
  const source = actorSource(manager.name, manager.version)
  let state = manager.init()
  return (event) => {
    if (!isOneOf(event, manager.consumes)) return []
    state = manager.evolve(state, event)
    return manager.decide(state, event).map(({ cause, event: emitted, ordinal }) => {
      const { runid, id: causationid, correlationid } = cause
      return makeEvent(emitted, { source, runid, causationid, correlationid, ordinal, time })
    })
  }
}

const isOneOf = <T extends EventType>(event: AnyEvent, types: ReadonlyArray<T>): event is AnyEvent & EventOf<T> =>
  types.some((type) => type === event.type)

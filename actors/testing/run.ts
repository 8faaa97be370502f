import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent, EventOf } from "../../events/envelope.ts"
import { actorSource } from "../../events/ids.ts"
import type { DataOf, EventType } from "../../events/registry.ts"
import type { RefinementSettings, ScoringSettings } from "../../events/shapes.ts"
import type { Decision, ProcessManager } from "../processManager.ts"
import { queryScored } from "../queryScore.ts"
import { runId, stored } from "./fixtures.ts"

export const scoring: ScoringSettings = {
  combine: "novelty and usefulness",
  novelty: { maxOverlap: 1 },
  thresholds: {},
  f1: { threshold: 0.8 },
  reward: { penalty: 0.1, floor: 0.7, bonus: 0.1, ceiling: 0.3, format: 0.1 }
}

export const refinement: RefinementSettings = { enabled: true, maxDepth: 1, maxBranches: 10 }

export const runStarted = (changes: Partial<DataOf<"RunStarted">> = {}): EventOf<"RunStarted"> =>
  stored({
    type: "RunStarted",
    subject: runId,
    data: {
      rollouts: 1,
      questions: [{ dataset: "hotpotqa", count: 1, sha256: "0" }],
      retriever: { name: "bm25", fingerprint: "f" },
      scoring,
      refinement,
      config: {},
      configHash: "c",
      software: { version: "0", node: "24" },
      ...changes
    }
  })

/** A scorer's score for the query of `retrieved`. */
export const scored = (
  retrieved: EventOf<"DocumentsRetrieved">,
  scorer: string,
  score: number | "unparsed",
  explanation = `${scorer} says ${score}.`
): EventOf<"QueryScored"> => {
  const event = queryScored(retrieved, {
    scorer: { name: scorer, version: "1" },
    result: score === "unparsed" ? { kind: "unparsed" } : { kind: "value", score },
    explanation,
    evidence: {}
  })
  if (event.type !== "QueryScored") throw new Error(`expected QueryScored, found ${event.type}`)
  return stored(event, { source: actorSource(scorer, "1"), causationid: retrieved.id })
}

/** Completes what a process manager decided, as the host does. */
const emitted = (
  { name, version }: { readonly name: string; readonly version: string },
  decision: Decision
): AnyEvent =>
  makeEvent(decision.event, {
    source: actorSource(name, version),
    runid: decision.cause.runid,
    causationid: decision.cause.id,
    correlationid: decision.cause.correlationid,
    ordinal: decision.ordinal,
    time: "2026-01-01T00:00:00.000Z"
  })

/**
 * Runs a process manager over a log, as the host does: everything it decides goes to the end of the log, unless an event of
 * that id is there already. Returns what it emitted, and the state at the end.
 */
export const manage = <State, T extends EventType>(
  manager: ProcessManager<State, T>,
  events: ReadonlyArray<AnyEvent>
): { readonly emitted: ReadonlyArray<AnyEvent>; readonly log: ReadonlyArray<AnyEvent>; readonly state: State } => {
  const consumes = (event: AnyEvent): event is AnyEvent & EventOf<T> =>
    manager.consumes.some((type) => type === event.type)
  const log = [...events]
  const ids = new Set(log.map(({ id }) => id))
  const own: Array<AnyEvent> = []
  let state = manager.init()
  for (let next = 0; next < log.length; next++) {
    const event = log[next]
    if (event === undefined || !consumes(event)) continue
    state = manager.evolve(state, event)
    for (const decision of manager.decide(state, event)) {
      const decided = emitted(manager, decision)
      if (ids.has(decided.id)) continue
      ids.add(decided.id)
      own.push(decided)
      log.push(decided)
    }
  }
  return { emitted: own, log, state }
}

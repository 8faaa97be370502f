import type { AnyEvent } from "../../events/envelope.ts"
import type { EventType } from "../../events/registry.ts"
import type { AuditedType } from "./details.ts"
import type { LoggedEvent } from "./story.ts"

/** Everything about one question in one run, and what concerns all questions of that run. */
export interface Scope {
  readonly runId: string
  readonly correlationId: string
}

/** Types that carry the correlation of the question they are about. */
const ofQuestion = [
  "RolloutRequested",
  "QueryIssued",
  "DocumentsRetrieved",
  "QueryScored",
  "ScoreOverridden",
  "TrajectoryCompleted",
  "TrajectoryFailed",
  "OutcomeScored",
  "TrajectoryAssessed",
  "QueryRefined",
  "RefinementFailed",
  "MessageParked"
] as const satisfies ReadonlyArray<AuditedType>

/** Types that belong to no question. There are few of them in a log. */
const shared = [
  "RunStarted",
  "ActorRegistered",
  "ActorRetired",
  "DatasetBuilt"
] as const satisfies ReadonlyArray<AuditedType>

/** All types that a story can be made of. */
export const auditEvents: ReadonlyArray<AuditedType> = [...ofQuestion, ...shared]

/**
 * A fold that keeps the events of a scope, in the log's order. Of an event that stands in the log twice the first one stays.
 *
 * `concerns` looks at a message before it is decoded: it lets through all that the fold would keep, and little else.
 */
export const collectScope = (scope: Scope) => ({
  consumes: auditEvents as ReadonlyArray<EventType>,
  concerns: (type: string, text: string): boolean =>
    shared.some((name) => name === type) || text.includes(`"${scope.correlationId}"`),
  init: (): Map<string, LoggedEvent> => new Map(),
  evolve: (events: Map<string, LoggedEvent>, event: AnyEvent, sequence: number): Map<string, LoggedEvent> => {
    if (belongsTo(event, scope) && !events.has(event.id)) events.set(event.id, { sequence, event })
    return events
  }
})

/** The scope of a trajectory that any of the events is about. */
export const scopeOf = (events: Iterable<LoggedEvent>, trajectoryId: string): Scope | undefined => {
  for (const { event } of events) {
    if ("trajectoryId" in event.data && event.data.trajectoryId === trajectoryId) {
      return { runId: event.runid, correlationId: event.correlationid }
    }
  }
  return undefined
}

const belongsTo = (event: AnyEvent, { runId, correlationId }: Scope): boolean => {
  switch (event.type) {
    case "ActorRegistered":
    case "ActorRetired":
      return true
    case "RunStarted":
    case "DatasetBuilt":
      return event.runid === runId
    default:
      return event.correlationid === correlationId && auditEvents.some((type) => type === event.type)
  }
}

import { queryId } from "../../events/ids.ts"
import { collectScope, scopeOf } from "./collect.ts"
import { datasetVerdicts } from "./datasets.ts"
import { familyOf, holdersOf, pathToRoot } from "./family.ts"
import { selectStory } from "./select.ts"
import type { LoggedEvent, Story, Subject } from "./story.ts"
import type { TellingContext } from "./tell/context.ts"
import { tell } from "./tell/tell.ts"

/**
 * The whole story of a trajectory: who asked for it, each of its queries with everything that was said about them, what it is
 * worth and why, what came of its low-quality queries, and where it was used. No entries when the events know nothing of it.
 *
 * `events` are in the log's order: the whole log, or what `collectScope` keeps of it for the trajectory's scope.
 */
export const auditTrajectory = (events: ReadonlyArray<LoggedEvent>, trajectoryId: string): Story =>
  audit(events, { kind: "trajectory", trajectoryId }, () => [trajectoryId])

/** The same for the query of one round; `trajectoryId` is the trajectory that issued it. */
export const auditQuery = (events: ReadonlyArray<LoggedEvent>, trajectoryId: string, round: number): Story => {
  const id = queryId(trajectoryId, round)
  return audit(events, { kind: "query", trajectoryId, round, queryId: id }, (known) => holdersOf(familyOf(known), id))
}

const audit = (
  events: ReadonlyArray<LoggedEvent>,
  subject: Subject,
  concerned: (events: ReadonlyArray<LoggedEvent>) => ReadonlyArray<string>
): Story => {
  const known = inScope(events, subject.trajectoryId)
  const selected = selectStory(known, subject)
  if (selected.length === 0) return { subject, entries: [], datasets: [] }
  const context: TellingContext = {
    subject,
    ancestors: new Set(pathToRoot(familyOf(known), subject.trajectoryId).map(({ trajectoryId }) => trajectoryId)),
    counting: countingScores(known)
  }
  return {
    subject,
    entries: selected.flatMap((logged) => tell(logged, context) ?? []),
    datasets: concerned(known).flatMap((trajectoryId) => datasetVerdicts(known, trajectoryId))
  }
}

/** The events of the trajectory's scope, in the log's order, each once. */
const inScope = (events: ReadonlyArray<LoggedEvent>, trajectoryId: string): ReadonlyArray<LoggedEvent> => {
  const scope = scopeOf(events, trajectoryId)
  if (scope === undefined) return []
  const { init, evolve } = collectScope(scope)
  return [...events.reduce((kept, { event, sequence }) => evolve(kept, event, sequence), init()).values()]
}

/** Ids of each scorer's first score for each query. */
const countingScores = (events: ReadonlyArray<LoggedEvent>): ReadonlySet<string> => {
  const first = new Map<string, string>()
  for (const { event } of events) {
    if (event.type !== "QueryScored") continue
    const key = `${event.data.scorer.name} ${event.data.queryId}`
    if (!first.has(key)) first.set(key, event.id)
  }
  return new Set(first.values())
}

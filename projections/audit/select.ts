import type { AnyEvent } from "../../events/envelope.ts"
import { actorSource } from "../../events/ids.ts"
import { type Family, familyOf, pathToRoot } from "./family.ts"
import type { LoggedEvent, QuerySubject, Subject } from "./story.ts"

/**
 * The events that belong to the story of a subject, out of those of its scope, in the log's order; none when no event is about
 * the subject itself.
 *
 * A trajectory's story has all its own events; of its ancestors the queries they share and why it branched off; of its branches
 * how they began and ended. A query's story has its own events, the fate of its trajectory, and the branch that replaced it.
 */
export const selectStory = (events: ReadonlyArray<LoggedEvent>, subject: Subject): ReadonlyArray<LoggedEvent> => {
  const family = familyOf(events)
  const isAbout =
    subject.kind === "trajectory" ? aboutTrajectory(family, subject.trajectoryId) : aboutQuery(subject, events)
  const about = events.filter(({ event }) => isAbout(event))
  const isKnown =
    subject.kind === "trajectory"
      ? family.queries.has(subject.trajectoryId)
      : about.some(({ event }) => queryOf(event) === subject.queryId)
  if (!isKnown) return []
  const ids = new Set(about.map(({ event }) => event.id))
  const actors = new Set(about.map(({ event }) => event.source))
  return events.filter(({ event }) => ids.has(event.id) || surrounds(event, ids, actors))
}

type Test = (event: AnyEvent) => boolean

const aboutTrajectory = (family: Family, trajectoryId: string): Test => {
  const path = pathToRoot(family, trajectoryId)
  const ancestors = new Set(path.map((origin) => origin.trajectoryId))
  const refinements = new Set(path.map(({ refinementId }) => refinementId))
  const held = family.queries.get(trajectoryId) ?? new Set()
  const branches = new Set(
    [...family.origins].filter(([, origin]) => origin.trajectoryId === trajectoryId).map(([id]) => id)
  )
  return (event) => {
    const whose = trajectoryIdOf(event)
    if (whose === undefined) return false
    if (whose === trajectoryId || refinements.has(event.id)) return true
    if (ancestors.has(whose)) return isFrame(event) || held.has(queryOf(event) ?? "")
    return branches.has(whose) && isFrame(event)
  }
}

const aboutQuery = (subject: QuerySubject, events: ReadonlyArray<LoggedEvent>): Test => {
  const refinements = new Set(
    events
      .filter(({ event }) => event.type === "QueryRefined" && event.data.queryId === subject.queryId)
      .map(({ event }) => event.id)
  )
  const family = familyOf(events)
  const grown = new Set(
    [...family.origins].filter(([, origin]) => refinements.has(origin.refinementId)).map(([id]) => id)
  )
  return (event) => {
    const whose = trajectoryIdOf(event)
    if (whose === undefined) return false
    const query = queryOf(event)
    if (query !== undefined) return query === subject.queryId
    if (event.type === "TrajectoryAssessed") {
      return grown.has(whose) || event.data.assessments.some(({ queryId }) => queryId === subject.queryId)
    }
    return isFrame(event) && (whose === subject.trajectoryId || grown.has(whose))
  }
}

/** Where a trajectory began and how it ended: what its relatives need to know of it. */
const isFrame = ({ type }: AnyEvent): boolean =>
  type === "RolloutRequested" ||
  type === "TrajectoryCompleted" ||
  type === "TrajectoryFailed" ||
  type === "OutcomeScored" ||
  type === "TrajectoryAssessed"

/** What stands around the events of a story: parked messages, the run, the actors that had a hand in it, and the datasets. */
const surrounds = (event: AnyEvent, ids: ReadonlySet<string>, sources: ReadonlySet<string>): boolean => {
  switch (event.type) {
    case "MessageParked":
      return event.data.eventId !== undefined && ids.has(event.data.eventId)
    case "RunStarted":
    case "DatasetBuilt":
      return true
    case "ActorRegistered":
      return sources.has(actorSource(event.data.actor, event.data.version))
    case "ActorRetired":
      return [...sources].some((source) => source.startsWith(actorSource(event.data.actor, "")))
    default:
      return false
  }
}

const trajectoryIdOf = (event: AnyEvent): string | undefined =>
  "trajectoryId" in event.data ? event.data.trajectoryId : undefined

const queryOf = (event: AnyEvent): string | undefined => ("queryId" in event.data ? event.data.queryId : undefined)

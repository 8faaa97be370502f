import type { AnyEvent } from "../../../events/envelope.ts"
import type { AuditedType } from "../details.ts"
import type { EntryOf, LoggedEvent, StoryEntry } from "../story.ts"
import type { TellingContext, Told } from "./context.ts"
import { actorRegistered, actorRetired, datasetBuilt, messageParked, runStarted } from "./operations.ts"
import { queryRefined, refinementFailed } from "./refinement.ts"
import { outcomeScored, queryScored, scoreOverridden, trajectoryAssessed } from "./scores.ts"
import {
  documentsRetrieved,
  queryIssued,
  rolloutRequested,
  trajectoryCompleted,
  trajectoryFailed
} from "./trajectory.ts"

/** The entry that tells an event; undefined for a type that no story is made of. */
export const tell = ({ sequence, event }: LoggedEvent, context: TellingContext): StoryEntry | undefined => {
  const entry = <T extends AuditedType>(type: T, told: Told<EntryOf<T>["details"]>): EntryOf<T> => ({
    sequence,
    time: event.time,
    eventId: event.id,
    type,
    by: authorOf(event),
    ...told
  })
  switch (event.type) {
    case "RunStarted":
      return entry(event.type, runStarted(event))
    case "RolloutRequested":
      return entry(event.type, rolloutRequested(event, context))
    case "QueryIssued":
      return entry(event.type, queryIssued(event, context))
    case "DocumentsRetrieved":
      return entry(event.type, documentsRetrieved(event, context))
    case "QueryScored":
      return entry(event.type, queryScored(event, context))
    case "ScoreOverridden":
      return entry(event.type, scoreOverridden(event, context))
    case "TrajectoryCompleted":
      return entry(event.type, trajectoryCompleted(event, context))
    case "TrajectoryFailed":
      return entry(event.type, trajectoryFailed(event, context))
    case "OutcomeScored":
      return entry(event.type, outcomeScored(event, context))
    case "TrajectoryAssessed":
      return entry(event.type, trajectoryAssessed(event, context))
    case "QueryRefined":
      return entry(event.type, queryRefined(event, context))
    case "RefinementFailed":
      return entry(event.type, refinementFailed(event, context))
    case "MessageParked":
      return entry(event.type, messageParked(event))
    case "ActorRegistered":
      return entry(event.type, actorRegistered(event))
    case "ActorRetired":
      return entry(event.type, actorRetired(event))
    case "DatasetBuilt":
      return entry(event.type, datasetBuilt(event))
    default:
      return undefined
  }
}

/** `/actors/retrieval/1` is `retrieval 1`; a correction is its author's. */
const authorOf = (event: AnyEvent): string =>
  event.type === "ScoreOverridden" ? event.data.by : event.source.replace(/^\/actors\/([^/]+)\/(.+)$/, "$1 $2")

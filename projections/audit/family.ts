import type { AnyEvent } from "../../events/envelope.ts"
import type { BranchOrigin, Round } from "../../events/shapes.ts"
import type { LoggedEvent } from "./story.ts"

/** What the events of one question tell about how its trajectories are related, and which queries they hold. */
export interface Family {
  /** Where each branch came from, by trajectory id. */
  readonly origins: ReadonlyMap<string, BranchOrigin>
  /** The queries of each trajectory, those it shares with its parent among them, by trajectory id. */
  readonly queries: ReadonlyMap<string, ReadonlySet<string>>
}

export const familyOf = (events: Iterable<LoggedEvent>): Family => {
  const origins = new Map<string, BranchOrigin>()
  const queries = new Map<string, Set<string>>()
  for (const { event } of events) {
    const data = trajectoryOf(event)
    if (data === undefined) continue
    if (data.origin !== undefined) origins.set(data.trajectoryId, data.origin)
    const held = queries.get(data.trajectoryId) ?? new Set()
    for (const queryId of data.queryIds) held.add(queryId)
    queries.set(data.trajectoryId, held)
  }
  return { origins, queries }
}

const trajectoryOf = (event: AnyEvent) => {
  switch (event.type) {
    case "RolloutRequested":
      return { ...event.data, queryIds: idsOf(event.data.prefix?.rounds ?? []) }
    case "QueryIssued":
      return { ...event.data, queryIds: [event.data.queryId] }
    case "DocumentsRetrieved":
    case "TrajectoryCompleted":
    case "TrajectoryFailed":
      return { ...event.data, queryIds: idsOf(event.data.rounds) }
    default:
      return undefined
  }
}

const idsOf = (rounds: ReadonlyArray<Round>): ReadonlyArray<string> => rounds.map(({ queryId }) => queryId)

/** The branching points from a trajectory up to the root of its tree, its own first; none for an initial trajectory. */
export const pathToRoot = ({ origins }: Family, trajectoryId: string): ReadonlyArray<BranchOrigin> => {
  const path: Array<BranchOrigin> = []
  let origin = origins.get(trajectoryId)
  while (origin !== undefined && !path.includes(origin)) {
    path.push(origin)
    origin = origins.get(origin.trajectoryId)
  }
  return path
}

/** The trajectories that hold a query, in the order in which the log came to know them. */
export const holdersOf = ({ queries }: Family, queryId: string): ReadonlyArray<string> =>
  [...queries].filter(([, held]) => held.has(queryId)).map(([trajectoryId]) => trajectoryId)

import { Result } from "effect"
import { contextOf } from "../../events/context.ts"
import type { EventOf } from "../../events/envelope.ts"
import type { Progress, TrajectoryContext } from "../../events/shapes.ts"
import { priming } from "../../method/protocol.ts"
import { continueFrom, type PendingQuery } from "./prefix.ts"

/** Where a trajectory stands when it is the agent's move. */
export interface Position {
  readonly context: TrajectoryContext
  readonly progress: Progress
  /** Executed one after the other before the policy writes on. */
  readonly pending: ReadonlyArray<PendingQuery>
}

/** A start that is none: what is wrong with the prefix of the trajectory. */
export interface PrefixProblem {
  readonly context: TrajectoryContext
  readonly progress: Progress
  readonly detail: string
}

const beginning: Progress = { transcript: priming, rounds: [], turns: [] }

/** Reads the position out of the event that gives the agent the move. Only a prefix can be wrong. */
export const positionOf = (
  event: EventOf<"RolloutRequested" | "DocumentsRetrieved">
): Result.Result<Position, PrefixProblem> => {
  const context = contextOf(event.data)
  if (event.type === "DocumentsRetrieved") {
    const { transcript, rounds, turns, pending } = event.data
    return Result.succeed({ context, progress: { transcript, rounds, turns }, pending })
  }
  const { prefix, trajectoryId, origin } = event.data
  if (prefix === undefined) return Result.succeed({ context, progress: beginning, pending: [] })
  return continueFrom(prefix, { trajectoryId, isBranch: origin !== undefined }).pipe(
    Result.mapBoth({
      onSuccess: (continuation) => ({ context, ...continuation }),
      onFailure: (detail) => ({ context, progress: prefix, detail })
    })
  )
}

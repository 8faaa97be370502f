import { Result } from "effect"
import { contextOf } from "../../events/context.ts"
import type { EventOf } from "../../events/envelope.ts"
import type { Progress, Round, TrajectoryContext } from "../../events/shapes.ts"
import { pendingQueries, priming, tags } from "../../method/protocol.ts"

/** A search that the policy asked for and nobody has executed yet. `queryEnd` is where its `</search>` ends in the transcript. */
export interface PendingQuery {
  readonly query: string
  readonly queryEnd: number
}

/** Where a trajectory stands when it is the agent's move. */
export interface Position {
  readonly context: TrajectoryContext
  readonly progress: Progress
  /** Executed one after the other before the policy writes on. */
  readonly pending: ReadonlyArray<PendingQuery>
}

/** A start that is none: what the prefix should have been and what it is. */
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
  if (event.type === "RolloutRequested") {
    return event.data.prefix === undefined
      ? Result.succeed({ context, progress: beginning, pending: [] })
      : continuedFrom(context, event.data.prefix)
  }
  const { transcript, rounds, turns, pending } = event.data
  return Result.succeed({ context, progress: { transcript, rounds, turns }, pending })
}

/** The position at the end of a prefix: its last queries wait to be executed, its earlier rounds are not this trajectory's. */
const continuedFrom = (context: TrajectoryContext, prefix: Progress): Result.Result<Position, PrefixProblem> => {
  const fromParent = context.origin !== undefined
  const progress = { ...prefix, rounds: prefix.rounds.map((round) => ({ ...round, kind: kindOf(round, fromParent) })) }
  const detail = problemOf(prefix)
  if (detail !== undefined) return Result.fail({ context, progress, detail })
  const pending = pendingQueries(prefix.transcript).map(({ query, end }) => ({ query, queryEnd: end }))
  return Result.succeed({ context, progress, pending })
}

/** A round that came with the root's own prefix stays given in every branch: nobody scored it. */
const kindOf = (round: Round, fromParent: boolean): Round["kind"] =>
  fromParent && round.kind !== "given" ? "inherited" : "given"

const problemOf = ({ transcript, rounds }: Progress): string | undefined => {
  if (!transcript.startsWith(priming)) {
    return `expected a prefix that begins with ${priming}, found "${transcript.slice(0, 40)}"`
  }
  if (pendingQueries(transcript).length === 0) {
    return `expected a prefix that ends right after the ${tags.search.close} of a query, found "${transcript.slice(-40)}" at its end`
  }
  const answered = rounds.at(-1)?.resultEnd ?? 0
  return transcript.indexOf(tags.result.open, answered) < 0
    ? undefined
    : `expected a round for every ${tags.result.open} of the prefix, found one that no round tells of after offset ${answered}`
}

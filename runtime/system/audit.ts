import { Effect, Result, Schema } from "effect"
import { codec, makeEvent } from "../../events/codec.ts"
import { actorSource, queryId } from "../../events/ids.ts"
import { auditQuery, auditTrajectory } from "../../projections/audit/audit.ts"
import { collectScope, type Scope } from "../../projections/audit/collect.ts"
import { indexTrajectories, locateTrajectory, parseQueryId } from "../../projections/audit/locate.ts"
import type { LoggedEvent } from "../../projections/audit/story.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { now } from "../now.ts"
import { foldLog } from "../projection-runner/foldLog.ts"

/** Thrown when a trajectory or query is not in the log, or its id is not given far enough to tell which one is meant. */
export class NotInLog extends Schema.TaggedError<NotInLog>()("NotInLog", {
  what: Schema.String,
  id: Schema.String,
  hint: Schema.String
}) {
  override get message(): string {
    return `no ${this.what} ${this.id} in the log${this.hint}`
  }
}

const locate = Effect.fnUntraced(function* (what: string, given: string) {
  const { state } = yield* foldLog(indexTrajectories)
  const location = locateTrajectory(state, given)
  if (location.kind === "found") return location
  const hint =
    location.kind === "ambiguous"
      ? ` alone: it could be ${location.candidates.slice(0, 5).join(", ")}; give more of the id`
      : location.similar.length > 0
        ? `; did you mean ${location.similar.join(" or ")}?`
        : "; `smartsearch log tail --types TrajectoryCompleted` shows the newest trajectories"
  return yield* new NotInLog({ what, id: given, hint })
})

/** The events of a question and of its run, in the log's order. */
const eventsOf = Effect.fnUntraced(function* (scope: Scope) {
  const log = yield* EventLog
  const { concerns, init, evolve } = collectScope(scope)
  let kept = init()
  yield* log.read({}, (message) => {
    const text = message.text()
    if (!concerns(message.type, text)) return
    const event = Result.getOrUndefined(codec.decode(text))
    if (event !== undefined) kept = evolve(kept, event, message.sequence)
  })
  const events: ReadonlyArray<LoggedEvent> = [...kept.values()]
  return events
})

/** The whole story of a trajectory; the beginning of its id is enough when it is the only one. */
export const storyOfTrajectory = Effect.fn("storyOfTrajectory")(function* (given: string) {
  const { trajectoryId, scope } = yield* locate("trajectory", given)
  return auditTrajectory(yield* eventsOf(scope), trajectoryId)
})

const locateQuery = Effect.fnUntraced(function* (given: string) {
  const parsed = parseQueryId(given)
  if (parsed === undefined) {
    return yield* new NotInLog({
      what: "query",
      id: given,
      hint: ": a query's id is TRAJECTORY:ROUND, such as t0123456789abcdef:2"
    })
  }
  const { trajectoryId, scope } = yield* locate("query", parsed.trajectory)
  const events = yield* eventsOf(scope)
  const story = auditQuery(events, trajectoryId, parsed.round)
  if (story.entries.length === 0) {
    return yield* new NotInLog({
      what: "query",
      id: given,
      hint: `: ${trajectoryId} issued no query in round ${parsed.round}`
    })
  }
  return { trajectoryId, round: parsed.round, scope, events, story }
})

/** The whole story of a query. */
export const storyOfQuery = (given: string) => Effect.map(locateQuery(given), ({ story }) => story)

const source = actorSource("command-override", "1")

/** A person's correction of a score: it counts from now on, in every replay. */
export interface Override {
  readonly query: string
  readonly scorer: string
  readonly score: number
  readonly reason: string
  readonly by: string
}

/** Stores a correction of a scorer's score for a query. */
export const overrideScore = Effect.fn("overrideScore")(function* ({ query, scorer, score, reason, by }: Override) {
  const log = yield* EventLog
  const { trajectoryId, round, scope, events } = yield* locateQuery(query)
  const id = queryId(trajectoryId, round)
  const scorers = events.flatMap(({ event }) =>
    event.type === "QueryScored" && event.data.queryId === id ? [event.data.scorer.name] : []
  )
  if (!scorers.includes(scorer)) {
    return yield* new NotInLog({
      what: "score of",
      id: `${scorer} for ${id}`,
      hint: `; it was scored by ${[...new Set(scorers)].join(", ") || "nobody"}`
    })
  }
  const time = yield* now
  const event = makeEvent(
    { type: "ScoreOverridden", subject: id, data: { trajectoryId, round, queryId: id, scorer, score, reason, by } },
    {
      source,
      runid: scope.runId,
      causationid: `override:${id}:${scorer}:${time}`,
      correlationid: scope.correlationId,
      ordinal: 0,
      time
    }
  )
  yield* log.append([event])
  return id
})

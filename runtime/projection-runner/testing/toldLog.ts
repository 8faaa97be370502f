import { Effect } from "effect"
import { codec } from "../../../events/codec.ts"
import type { AnyEvent } from "../../../events/envelope.ts"
import { eventSubject } from "../../../events/subjects.ts"
import { eventsOf, overridden } from "../../../projections/testing/story.ts"
import type { AppendError } from "../../event-log/errors.ts"
import { EventLog } from "../../event-log/eventLog.ts"

/** Two runs with refined, failed and corrected trajectories; about 8 events for each question. */
export const toldEvents = (questions: number): ReadonlyArray<AnyEvent> =>
  ["run", "other"].flatMap((run) => [
    ...eventsOf({
      run,
      questions: Array.from({ length: questions }, (_, i) => ({
        id: `q${i}`,
        trajectories: [
          { rounds: [{}, { usefulness: i % 3 === 0 ? 0 : 1 }], branches: i % 3 === 0 ? [{ at: 2 }] : [] },
          i % 4 === 0 ? { failed: "refused" } : { answer: i % 2 === 0 ? "gold" : "silver – ünï" }
        ]
      }))
    }),
    ...(run === "run" ? [overridden({ question: "q0", round: 1, scorer: "usefulness", score: 0 })] : [])
  ])

/** Stores events as they are, and every seventh once more where it comes again, as after the broker's duplicate window. */
export const tell = (events: ReadonlyArray<AnyEvent>): Effect.Effect<void, AppendError, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const told = events.flatMap((event, i) => [event, ...(i % 7 === 6 ? events.slice(i - 3, i - 2) : [])])
    yield* log.appendRaw(
      told.map((event, i) => ({
        subject: eventSubject(event.type, event.runid),
        body: codec.encode(event),
        messageId: `${i}-${event.id}`
      }))
    )
  })

/** Stores what this release can't read: no JSON at all, and an event of a known type against its schema. */
export const tellNonsense: Effect.Effect<void, AppendError, EventLog> = Effect.gen(function* () {
  const log = yield* EventLog
  const subject = eventSubject("QueryScored", "run")
  const body = JSON.stringify({ type: "QueryScored", correlationid: "q0", data: {} })
  yield* log.appendRaw([
    { subject, body: "no JSON", messageId: "nonsense-1" },
    { subject, body, messageId: "nonsense-2" },
    { subject: eventSubject("RunStarted", "run"), body: "{}", messageId: "nonsense-3" }
  ])
})

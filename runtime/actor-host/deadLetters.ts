import type { StoredMsg } from "@nats-io/jetstream"
import { Effect, Schema } from "effect"
import { allDeadLetters, deadLetterSubject, retrySubject } from "../../events/subjects.ts"
import { Broker } from "../event-log/broker.ts"
import { AppendError, ReadError } from "../event-log/errors.ts"
import type { Publication } from "../event-log/publication.ts"
import { Publisher } from "../event-log/publisher.ts"
import { deadLetterStream } from "../event-log/streams.ts"
import { oneLine } from "./failure.ts"

/** A message that an actor could not handle, as it lies in the dead letters. */
export interface DeadLetter {
  /** Its number in the dead letters: what `dlq show`, `replay` and `drop` take. */
  readonly id: number
  readonly actor: string
  readonly runId: string
  /** Type and position in the log of the event that could not be handled. */
  readonly eventType: string
  readonly sequence: number
  readonly attempts: number
  readonly error: string
  readonly parkedAt: Date
  /** The event as it was stored. */
  readonly body: string
}

/** Thrown when no dead letter has the number. */
export class DeadLetterNotFound extends Schema.TaggedError<DeadLetterNotFound>()("DeadLetterNotFound", {
  id: Schema.Natural
}) {
  override get message(): string {
    return `no dead letter ${this.id}; \`dlq list\` shows the ones there are`
  }
}

const header = {
  actor: "SmartSearch-Actor",
  run: "SmartSearch-Run",
  type: "ce-type",
  sequence: "SmartSearch-Sequence",
  attempts: "SmartSearch-Attempts",
  error: "SmartSearch-Error"
} as const

/** The message that parks an event. An actor that parks it twice in the same `round` leaves one there. */
export const deadLetter = (letter: Omit<DeadLetter, "id" | "parkedAt">, round: string): Publication => ({
  subject: deadLetterSubject(letter.actor, letter.runId),
  body: letter.body,
  messageId: `dlq:${letter.actor}:${letter.sequence}:${round}`,
  headers: {
    [header.actor]: letter.actor,
    [header.type]: letter.eventType,
    [header.sequence]: String(letter.sequence),
    [header.attempts]: String(letter.attempts),
    [header.error]: oneLine(letter.error)
  }
})

const read = (message: StoredMsg): DeadLetter => ({
  id: message.seq,
  actor: message.header.get(header.actor),
  runId: message.subject.split(".").at(-1) ?? "",
  eventType: message.header.get(header.type),
  sequence: Number(message.header.get(header.sequence)),
  attempts: Number(message.header.get(header.attempts)),
  error: message.header.get(header.error),
  parkedAt: new Date(message.timestamp),
  body: message.string()
})

const failed = (cause: unknown): ReadError =>
  new ReadError({ detail: `the dead letters can't be read: ${String(cause)}` })

/** All dead letters, oldest first. */
export const listDeadLetters: Effect.Effect<ReadonlyArray<DeadLetter>, ReadError, Broker> = Effect.gen(function* () {
  const { manager } = yield* Broker
  const letters: Array<DeadLetter> = []
  let next = 1
  while (true) {
    const from = next
    const message = yield* Effect.tryPromise({
      try: () => manager.direct.getMessage(deadLetterStream, { seq: from, next_by_subj: allDeadLetters }),
      catch: failed
    })
    if (message === null) return letters
    letters.push(read(message))
    next = message.seq + 1
  }
})

export const showDeadLetter = (id: number): Effect.Effect<DeadLetter, ReadError | DeadLetterNotFound, Broker> =>
  Effect.gen(function* () {
    const { manager } = yield* Broker
    const message = yield* Effect.tryPromise({
      try: () => manager.streams.getMessage(deadLetterStream, { seq: id }),
      catch: failed
    })
    if (message === null || !message.subject.startsWith("smartsearch.dlq."))
      return yield* new DeadLetterNotFound({ id })
    return read(message)
  })

/** Removes a dead letter. The log still tells, by `MessageParked`, that it was one. */
export const dropDeadLetter = (id: number): Effect.Effect<void, ReadError | DeadLetterNotFound, Broker> =>
  Effect.gen(function* () {
    const { manager } = yield* Broker
    yield* showDeadLetter(id)
    yield* Effect.tryPromise({ try: () => manager.streams.deleteMessage(deadLetterStream, id, false), catch: failed })
  })

/** Gives a dead letter back to its actor, wherever that runs; if it fails again it is parked again. */
export const replayDeadLetter = (
  id: number
): Effect.Effect<DeadLetter, ReadError | DeadLetterNotFound | AppendError, Broker> =>
  Effect.gen(function* () {
    const { nc } = yield* Broker
    const letter = yield* showDeadLetter(id)
    const publication: Publication = {
      subject: retrySubject(letter.actor),
      body: letter.body,
      messageId: `retry:${id}`,
      headers: {
        [header.type]: letter.eventType,
        [header.run]: letter.runId,
        [header.sequence]: String(letter.sequence)
      }
    }
    yield* Effect.acquireUseRelease(
      Effect.sync(() => new Publisher(nc, { window: 1, resendAfter: 1000, giveUpAfter: 10_000 })),
      (publisher) =>
        Effect.callback<void, AppendError>((resume) =>
          publisher.publish([publication], (result) =>
            resume(result instanceof AppendError ? Effect.fail(result) : Effect.void)
          )
        ),
      (publisher) => Effect.sync(() => publisher.close())
    )
    yield* dropDeadLetter(id)
    return letter
  })

/** The event that a retried message carries, from its headers. */
export const retriedLetter = (
  headerOf: (name: string) => string
): Pick<DeadLetter, "eventType" | "runId" | "sequence"> => ({
  eventType: headerOf(header.type),
  runId: headerOf(header.run),
  sequence: Number(headerOf(header.sequence))
})

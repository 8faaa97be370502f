import { Context, Deferred, Effect, Exit, Layer, type Result, type Scope } from "effect"
import { codec, type EventDecodeError } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import { eventSubject } from "../../events/subjects.ts"
import { Broker } from "./broker.ts"
import { AppendError, ReadError } from "./errors.ts"
import type { Publication, Stored } from "./publication.ts"
import { Publisher, type PublisherOptions } from "./publisher.ts"
import { RangeReader } from "./rangeReader.ts"
import { type LogMessage, Reader, type ReadOptions } from "./reader.ts"
import { RecentEvents, type StoredText } from "./recentEvents.ts"
import type { Selection } from "./selection.ts"
import { eventStream } from "./streams.ts"

/** The one event log. */
export class EventLog extends Context.Service<
  EventLog,
  {
    /**
     * Stores events in the order given; succeeds when the broker has acknowledged all of them. Idempotent by event id: what is
     * there already is reported as a duplicate.
     */
    readonly append: (events: ReadonlyArray<AnyEvent>) => Effect.Effect<ReadonlyArray<Stored>, AppendError>
    /** Stores messages that are no events of the log, such as dead letters, with the same guarantees. */
    readonly appendRaw: (publications: ReadonlyArray<Publication>) => Effect.Effect<ReadonlyArray<Stored>, AppendError>
    /** Position of the newest event; 0 for an empty log. */
    readonly head: Effect.Effect<number, ReadError>
    /**
     * Hands every wanted event of a range to `onMessage`, synchronously and in order, as fast as the broker delivers. Tells the
     * first and the last position that was handed over, 0 when none was.
     */
    readonly read: (
      options: ReadOptions,
      onMessage: (message: LogMessage) => void
    ) => Effect.Effect<{ readonly first: number; readonly last: number }, ReadError>
    /**
     * Like `read`, but goes on with what comes until the scope ends; succeeds once the head was reached. What ends it after that
     * (the stream was deleted, `onMessage` threw) goes to `onFailure`, or is logged.
     */
    readonly follow: (
      options: Selection & {
        readonly from?: number | Date
        readonly onFailure?: (failure: Exit.Exit<never, ReadError>) => void
      },
      onMessage: (message: LogMessage) => void
    ) => Effect.Effect<void, ReadError, Scope.Scope>
    /** Decodes a message of the log; the newest ones are remembered, since several actors of a process read what one of them stored. */
    readonly decode: (message: StoredText) => Result.Result<AnyEvent, EventDecodeError>
  }
>()("smartsearch/runtime/EventLog") {
  static readonly layer: Layer.Layer<EventLog, never, Broker> = Layer.suspend(() => EventLog.layerWith({}))

  /** The log with other limits than 4096 events in flight, sent again after 3 s and given up after 30 s. */
  static readonly layerWith = (limits: Partial<PublisherOptions>): Layer.Layer<EventLog, never, Broker> =>
    Layer.effect(EventLog, makeEventLog({ window: 4096, resendAfter: 3000, giveUpAfter: 30_000, ...limits }))
}

const makeEventLog = Effect.fnUntraced(function* (limits: PublisherOptions) {
  const { nc, manager, onReconnect, onDenied } = yield* Broker
  const publisher = yield* Effect.acquireRelease(
    Effect.sync(() => new Publisher(nc, limits)),
    (opened) => Effect.sync(() => opened.close())
  )
  yield* listening(() => onReconnect(() => publisher.reconnected()))
  yield* listening(() => onDenied((subject) => publisher.denied(subject)))

  const recent = new RecentEvents(remembered)

  const appendRaw = (publications: ReadonlyArray<Publication>): Effect.Effect<ReadonlyArray<Stored>, AppendError> =>
    Effect.callback((resume) => {
      publisher.publish(publications, (result) =>
        resume(result instanceof AppendError ? Effect.fail(result) : Effect.succeed(result))
      )
    })

  /** Fails when the connection is back after a break: what was asked before will never be answered. */
  const reconnected = Effect.callback<never, ReadError>((resume) => {
    const forget = onReconnect(() => resume(Effect.fail(new ReadError({ detail: "the connection broke" }))))
    return Effect.sync(forget)
  })

  const head = Effect.tryPromise(async () => (await manager.streams.info(eventStream)).state.last_seq).pipe(
    Effect.raceFirst(reconnected),
    Effect.timeout("3 seconds"),
    Effect.retry({ times: 4 }),
    Effect.mapError(
      (error) => new ReadError({ detail: `the log's head can't be read: ${String(error.cause ?? error.message)}` })
    )
  )

  /** Has a reader for as long as the scope lives. */
  const opened = <R extends { readonly stop: () => void; readonly reopen: () => void }>(open: Effect.Effect<R>) =>
    Effect.acquireRelease(open, (reader) => Effect.sync(() => reader.stop())).pipe(
      Effect.tap((reader) => listening(() => onReconnect(() => reader.reopen())))
    )

  const read = Effect.fnUntraced(function* (options: ReadOptions, onMessage: (message: LogMessage) => void) {
    const last = Math.min(options.to ?? Number.POSITIVE_INFINITY, yield* head)
    const range = { first: 0, last: 0 }
    if (last === 0 || (typeof options.from === "number" && options.from > last)) return range
    const ended = yield* Deferred.make<void, ReadError>()
    const { from = 1, ...selection } = options
    const reader = Effect.sync(
      () =>
        new RangeReader(nc, manager, {
          ...selection,
          from,
          last,
          onMessage: (message) => {
            if (range.first === 0) range.first = message.sequence
            range.last = message.sequence
            onMessage(message)
          },
          onEnd: (exit) => Deferred.doneUnsafe(ended, exit)
        })
    )
    yield* opened(reader).pipe(Effect.andThen(Deferred.await(ended)), Effect.scoped)
    return range
  })

  const follow: EventLog["Service"]["follow"] = Effect.fnUntraced(function* ({ onFailure, ...options }, onMessage) {
    const atHead = yield* Deferred.make<void, ReadError>()
    const failed = yield* Deferred.make<never, ReadError>()
    const { from = 1, ...selection } = options
    const reader = Effect.sync(
      () =>
        new Reader(nc, manager, {
          ...selection,
          from,
          onMessage,
          onHead: () => Deferred.doneUnsafe(atHead, Exit.void),
          onFailure: (failure) => {
            if (Deferred.doneUnsafe(atHead, failure)) return
            if (onFailure === undefined) Deferred.doneUnsafe(failed, failure)
            else onFailure(failure)
          }
        })
    )
    yield* opened(reader)
    yield* Deferred.await(atHead)
    yield* Deferred.await(failed).pipe(
      Effect.catchCause((cause) => Effect.logError("a reading of the log ended", cause)),
      Effect.forkScoped
    )
  })

  return EventLog.of({
    append: (events) => appendRaw(events.map((event) => publicationOf(event, recent))),
    appendRaw,
    head,
    read,
    follow,
    decode: (message) => recent.decode(message)
  })
})

/** Characters of the events that a process remembers: of more events than its actors have in hands. */
const remembered = 16_000_000

/** Listens for as long as the scope lives. */
const listening = (listen: () => () => void): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(Effect.sync(listen), (forget) => Effect.sync(forget))

/** What a dead letter's headers may add to an event that is stored again with them. */
const headroom = 8192

const publicationOf = (event: AnyEvent, recent: RecentEvents): Publication => {
  const body = codec.encode(event)
  return {
    subject: eventSubject(event.type, event.runid),
    body,
    messageId: event.id,
    headers: { "ce-type": event.type, ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }) },
    headroom,
    // Under the same id another event may be there: what that says is in the log alone.
    onStored: ({ duplicate, sequence }) => {
      if (!duplicate) recent.stored(sequence, event, body.length)
    }
  }
}

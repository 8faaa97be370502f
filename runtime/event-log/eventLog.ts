import { Context, Deferred, Effect, Exit, Layer, type Scope } from "effect"
import { codec } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import type { EventType } from "../../events/registry.ts"
import { eventSubject } from "../../events/subjects.ts"
import { Broker } from "./broker.ts"
import { AppendError, ReadError } from "./errors.ts"
import { type Publication, Publisher, type Stored } from "./publisher.ts"
import { type LogMessage, Reader, type ReadOptions } from "./reader.ts"
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
    /** Hands every event of a range to `onMessage`, synchronously and in order, as fast as the broker delivers. */
    readonly read: (
      options: ReadOptions,
      onMessage: (message: LogMessage) => void
    ) => Effect.Effect<{ readonly first: number; readonly last: number }, ReadError>
    /** Like `read`, but goes on with what comes until the scope ends; succeeds once the head was reached. */
    readonly follow: (
      options: { readonly from?: number | Date; readonly types?: ReadonlyArray<EventType> },
      onMessage: (message: LogMessage) => void
    ) => Effect.Effect<void, ReadError, Scope.Scope>
  }
>()("smartsearch/runtime/EventLog") {
  static readonly layer: Layer.Layer<EventLog, never, Broker> = Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const { nc, manager, onReconnect } = yield* Broker
      const publisher = yield* Effect.acquireRelease(
        Effect.sync(() => new Publisher(nc, { window: 4096, resendAfter: 3000, giveUpAfter: 30_000 })),
        (open) => Effect.sync(() => open.close())
      )
      yield* Effect.acquireRelease(
        Effect.sync(() => onReconnect(() => publisher.resend())),
        (forget) => Effect.sync(forget)
      )

      const appendRaw = (publications: ReadonlyArray<Publication>): Effect.Effect<ReadonlyArray<Stored>, AppendError> =>
        Effect.callback((resume) => {
          publisher.publish(publications, (result) =>
            resume(result instanceof AppendError ? Effect.fail(result) : Effect.succeed(result))
          )
        })

      const head = Effect.tryPromise({
        try: async () => (await manager.streams.info(eventStream)).state.last_seq,
        catch: (cause) => new ReadError({ detail: `the log's head can't be read: ${String(cause)}` })
      })

      /** Opens a reader for as long as the scope lives and waits until `settle` was called. */
      const reading = Effect.fnUntraced(function* (
        start: (settle: (exit: Exit.Exit<void, ReadError>) => void) => ConstructorParameters<typeof Reader>[2]
      ) {
        const settled = yield* Deferred.make<void, ReadError>()
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            const reader = new Reader(
              nc,
              manager,
              start((exit) => Deferred.doneUnsafe(settled, exit))
            )
            return { reader, forget: onReconnect(() => reader.reopen()) }
          }),
          ({ reader, forget }) =>
            Effect.sync(() => {
              forget()
              reader.stop()
            })
        )
        yield* Deferred.await(settled)
      })

      const read = Effect.fnUntraced(function* (options: ReadOptions, onMessage: (message: LogMessage) => void) {
        const last = Math.min(options.to ?? Number.POSITIVE_INFINITY, yield* head)
        const range = { first: 0, last: 0 }
        if (last === 0 || (typeof options.from === "number" && options.from > last)) return range
        const ranged = reading((settle) => ({
          ...readOptions(options),
          onMessage: (message) => {
            if (message.sequence > last) return
            if (range.first === 0) range.first = message.sequence
            range.last = message.sequence
            onMessage(message)
          },
          isEnd: (sequence) => {
            if (sequence >= last) settle(Exit.void)
            return sequence >= last
          },
          onHead: () => settle(Exit.void),
          onError: (error) => settle(Exit.fail(error))
        }))
        yield* Effect.scoped(ranged)
        return range
      })

      const follow: EventLog["Service"]["follow"] = (options, onMessage) =>
        reading((settle) => ({
          ...readOptions(options),
          onMessage,
          onHead: () => settle(Exit.void),
          onError: (error) => settle(Exit.fail(error))
        }))

      return EventLog.of({ append: (events) => appendRaw(events.map(publicationOf)), appendRaw, head, read, follow })
    })
  )
}

const publicationOf = (event: AnyEvent): Publication => ({
  subject: eventSubject(event.type, event.runid),
  body: codec.encode(event),
  messageId: event.id,
  headers: { "ce-type": event.type, ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }) }
})

const readOptions = (options: { readonly from?: number | Date; readonly types?: ReadonlyArray<EventType> }) => ({
  from: options.from ?? 1,
  ...(options.types === undefined ? {} : { types: options.types })
})

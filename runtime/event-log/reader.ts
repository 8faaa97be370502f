import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  ReplayPolicy
} from "@nats-io/jetstream"
import type { Msg, NatsConnection } from "@nats-io/transport-node"
import { Exit } from "effect"
import type { EventType } from "../../events/registry.ts"
import { eventsOfType, typeOfSubject } from "../../events/subjects.ts"
import { ReadError } from "./errors.ts"
import { deliveryOf, Puller } from "./puller.ts"
import { eventStream } from "./streams.ts"

/** An event as it lies in the log, not decoded yet. */
export interface LogMessage {
  /** Position in the log, from 1. */
  readonly sequence: number
  /** Told by the subject: what a fold does not consume is never parsed. */
  readonly type: string
  readonly text: () => string
}

export interface ReadOptions {
  /** First position, or the time from which on; the beginning when absent. */
  readonly from?: number | Date
  /** Last position; the head at the time of the call when absent. */
  readonly to?: number
  /** Only these types. */
  readonly types?: ReadonlyArray<EventType>
}

const serverIsAtLeast = (nc: NatsConnection, major: number, minor: number): boolean => {
  const [a = 0, b = 0] = (nc.info?.version ?? "0.0").split(".").map(Number)
  return a > major || (a === major && b >= minor)
}

const consumerConfig = (nc: NatsConnection, from: number | Date, types: ReadonlyArray<EventType> | undefined) => {
  const only = types?.[0]
  return {
    ack_policy: AckPolicy.None,
    mem_storage: true,
    inactive_threshold: 60e9,
    replay_policy: ReplayPolicy.Instant,
    ...(from instanceof Date
      ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.toISOString() }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, from) }),
    // Servers before 2.10 filter by one subject only: there the reader picks the types by the subjects itself.
    ...(only === undefined || types === undefined
      ? {}
      : types.length === 1
        ? { filter_subject: eventsOfType(only) }
        : serverIsAtLeast(nc, 2, 10)
          ? { filter_subjects: types.map(eventsOfType) }
          : {})
  } satisfies Partial<ConsumerConfig>
}

/** Messages asked for at once: the fastest of what was measured. */
const window = 1000

interface Reading {
  readonly from: number | Date
  readonly types?: ReadonlyArray<EventType>
  readonly onMessage: (message: LogMessage) => void
  /** Called once, when everything that was stored when the reading began has been handed over. */
  readonly onHead: () => void
  /** Called with the position after each message, wanted or not; `true` ends the reading. */
  readonly isEnd?: (sequence: number) => boolean
  /** Called at most once: the log can't be read any further, or `onMessage` threw. The reading has ended then. */
  readonly onFailure: (failure: Exit.Exit<never, ReadError>) => void
}

/**
 * Reads the log through an unacknowledged pull consumer, from a position on and without end. When the consumer is lost, or
 * `reopen` tells that the connection was, it goes on right after the last message that was handed over.
 */
export class Reader {
  readonly #nc: NatsConnection
  readonly #manager: JetStreamManager
  readonly #reading: Reading
  readonly #wanted: ReadonlySet<string> | undefined
  #position: number | Date
  #consumer = ""
  #puller: Puller | undefined
  /** Counts the consumers that were asked for: what becomes of an older one does not matter any more. */
  #opening = 0
  #ended = false
  /** Messages up to the head as it was when the consumer was made. */
  #untilHead = Number.POSITIVE_INFINITY
  #headSeen = false

  constructor(nc: NatsConnection, manager: JetStreamManager, reading: Reading) {
    this.#nc = nc
    this.#manager = manager
    this.#reading = reading
    this.#wanted = reading.types === undefined ? undefined : new Set<string>(reading.types)
    this.#position = reading.from
    this.reopen()
  }

  stop(): void {
    if (this.#ended) return
    this.#ended = true
    this.#close()
  }

  reopen(): void {
    if (this.#ended) return
    this.#close()
    const opening = ++this.#opening
    const isCurrent = () => opening === this.#opening && !this.#ended
    this.#manager.consumers.add(eventStream, consumerConfig(this.#nc, this.#position, this.#reading.types)).then(
      ({ name, num_pending }) => {
        if (isCurrent()) this.#open(name, num_pending, isCurrent)
        else this.#delete(name)
      },
      (cause) => {
        if (isCurrent()) this.#notOpened(cause)
      }
    )
  }

  #open(consumer: string, pending: number, isCurrent: () => boolean): void {
    this.#consumer = consumer
    this.#untilHead = pending
    this.#puller = new Puller(this.#nc, {
      stream: eventStream,
      consumer,
      window,
      onMessage: (message) => {
        if (isCurrent()) this.#onMessage(message)
      },
      onLost: () => setTimeout(() => isCurrent() && this.reopen(), 200)
    })
    if (pending === 0) this.#atHead()
  }

  #close(): void {
    void this.#puller?.stop()
    this.#puller = undefined
    if (this.#consumer !== "") this.#delete(this.#consumer)
    this.#consumer = ""
  }

  /** The server would keep the consumer for another minute. */
  #delete(consumer: string): void {
    if (!this.#nc.isClosed()) this.#nc.publish(`$JS.API.CONSUMER.DELETE.${eventStream}.${consumer}`)
  }

  #notOpened(cause: unknown): void {
    const gone = cause instanceof JetStreamApiError && cause.status !== 503
    if (gone || this.#nc.isClosed()) {
      const text = cause instanceof Error ? cause.message : String(cause)
      this.#fail(Exit.fail(new ReadError({ detail: `the log can't be read: ${text}` })))
    } else setTimeout(() => this.reopen(), 500)
  }

  #fail(failure: Exit.Exit<never, ReadError>): void {
    this.stop()
    this.#reading.onFailure(failure)
  }

  #onMessage(message: Msg): void {
    if (this.#ended) return
    const { sequence } = deliveryOf(message.reply ?? "")
    this.#position = sequence + 1
    this.#untilHead--
    const type = typeOfSubject(message.subject)
    if (this.#wanted === undefined || this.#wanted.has(type)) {
      try {
        this.#reading.onMessage({ sequence, type, text: () => message.string() })
      } catch (defect) {
        this.#fail(Exit.die(defect))
        return
      }
    }
    this.#puller?.release()
    if (this.#reading.isEnd?.(sequence) === true) this.stop()
    else if (this.#untilHead <= 0) this.#atHead()
  }

  #atHead(): void {
    if (this.#headSeen) return
    this.#headSeen = true
    this.#reading.onHead()
  }
}

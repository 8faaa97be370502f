import { AckPolicy, type ConsumerConfig, DeliverPolicy, type JetStreamManager, ReplayPolicy } from "@nats-io/jetstream"
import type { Msg, NatsConnection } from "@nats-io/transport-node"
import type { EventType } from "../../events/registry.ts"
import { eventsOfType, typeOfSubject } from "../../events/subjects.ts"
import { ReadError } from "./errors.ts"
import { Puller, sequenceOf } from "./puller.ts"
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

/** How far a consumer is from the end, from the last number of a message's reply subject. */
const pendingOf = (message: Msg): number => {
  const tokens = (message.reply ?? "").split(".")
  return Number(tokens[tokens.length === 9 ? 8 : 10])
}

interface Reading {
  readonly from: number | Date
  readonly types?: ReadonlyArray<EventType>
  readonly onMessage: (message: LogMessage) => void
  /** Called once, when everything that was stored when the reading began has been handed over. */
  readonly onHead: () => void
  /** Called with the position after each message, wanted or not; `true` ends the reading. */
  readonly isEnd?: (sequence: number) => boolean
  readonly onError: (error: ReadError) => void
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
  #puller: Puller | undefined
  #state: "opening" | "open" | "ended" = "open"
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
    this.#state = "ended"
    this.#puller?.stop()
  }

  reopen(): void {
    if (this.#state !== "open") return
    this.#state = "opening"
    this.#puller?.stop()
    this.#manager.consumers
      .add(eventStream, consumerConfig(this.#nc, this.#position, this.#reading.types))
      .then((info) => this.#opened(info.name, info.num_pending))
      .catch(() => this.#failedToOpen())
  }

  #opened(consumer: string, pending: number): void {
    if (this.#state === "ended") return
    this.#state = "open"
    if (pending === 0) this.#atHead()
    this.#puller = new Puller(this.#nc, {
      stream: eventStream,
      consumer,
      window,
      onMessage: (message) => this.#onMessage(message),
      onLost: () => setTimeout(() => this.reopen(), 200)
    })
  }

  #failedToOpen(): void {
    if (this.#state === "ended") return
    this.#state = "open"
    if (this.#nc.isClosed()) {
      this.#reading.onError(new ReadError({ detail: "the connection to the broker was closed" }))
    } else setTimeout(() => this.reopen(), 500)
  }

  #onMessage(message: Msg): void {
    if (this.#state === "ended") return
    const sequence = sequenceOf(message)
    this.#position = sequence + 1
    const type = typeOfSubject(message.subject)
    if (this.#wanted === undefined || this.#wanted.has(type)) {
      this.#reading.onMessage({ sequence, type, text: () => message.string() })
    }
    this.#puller?.release()
    if (this.#reading.isEnd?.(sequence) === true) this.stop()
    if (!this.#headSeen && pendingOf(message) === 0) this.#atHead()
  }

  #atHead(): void {
    if (this.#headSeen) return
    this.#headSeen = true
    this.#reading.onHead()
  }
}

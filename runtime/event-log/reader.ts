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
import { typeOfSubject } from "../../events/subjects.ts"
import { ReadError } from "./errors.ts"
import { Puller } from "./puller.ts"
import { type Selection, selects, subjectsOf } from "./selection.ts"
import { eventStream } from "./streams.ts"

/** An event as it lies in the log, not decoded yet. */
export interface LogMessage {
  /** Position in the log, from 1. */
  readonly sequence: number
  /** Tells the type and the run: what a fold does not consume is never parsed. */
  readonly subject: string
  readonly type: string
  readonly bytes: Uint8Array
  readonly text: () => string
}

export interface ReadOptions extends Selection {
  /** First position, or the time from which on; the beginning when absent. */
  readonly from?: number | Date
  /** Last position; the head at the time of the call when absent. */
  readonly to?: number
}

/** Whether one consumer can select by several subjects: servers since 2.10. */
export const filtersByMany = (nc: NatsConnection): boolean => {
  const [major = 0, minor = 0] = (nc.info?.version ?? "0.0").split(".").map(Number)
  return major > 2 || (major === 2 && minor >= 10)
}

const consumerConfig = (nc: NatsConnection, from: number | Date, selection: Selection) => {
  const subjects = subjectsOf(selection)
  const [only] = subjects
  return {
    ack_policy: AckPolicy.None,
    mem_storage: true,
    inactive_threshold: 60e9,
    replay_policy: ReplayPolicy.Instant,
    ...(from instanceof Date
      ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.toISOString() }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, from) }),
    // An older server sends everything where there are several subjects, and the reader picks.
    ...(subjects.length === 1 && only !== undefined ? { filter_subject: only } : {}),
    ...(subjects.length > 1 && filtersByMany(nc) ? { filter_subjects: [...subjects] } : {})
  } satisfies Partial<ConsumerConfig>
}

/** Messages asked for at once. Every request costs the server as much as many messages: fewer, larger ones are faster. */
const window = 4000

interface Reading extends Selection {
  readonly from: number | Date
  /** Messages stay in hands until `release` is called for each; otherwise each one until `onMessage` returns. */
  readonly held?: true
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
  readonly #selects: (subject: string) => boolean
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
    this.#selects = selects(reading)
    this.#position = reading.from
    this.reopen()
  }

  stop(): void {
    if (this.#ended) return
    this.#ended = true
    this.#close()
  }

  /** A message of a `held` reading is done. */
  release(): void {
    this.#puller?.release()
  }

  reopen(): void {
    if (this.#ended) return
    this.#close()
    const opening = ++this.#opening
    const isCurrent = () => opening === this.#opening && !this.#ended
    this.#manager.consumers.add(eventStream, consumerConfig(this.#nc, this.#position, this.#reading)).then(
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
      refill: window / 2,
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
    const sequence = this.#sequenceOf(message.reply ?? "")
    this.#position = sequence + 1
    this.#untilHead--
    const { subject } = message
    const selected = this.#selects(subject)
    if (selected) {
      const type = typeOfSubject(subject)
      try {
        this.#reading.onMessage({ sequence, subject, type, bytes: message.data, text: () => message.string() })
      } catch (defect) {
        this.#fail(Exit.die(defect))
        return
      }
    }
    if (!selected || this.#reading.held !== true) this.release()
    if (this.#reading.isEnd?.(sequence) === true) this.stop()
    else if (this.#untilHead <= 0) this.#atHead()
  }

  /** The reply subject tells it after the consumer's name and the number of deliveries, which is always the first. */
  #sequenceOf(reply: string): number {
    const before = `.${this.#consumer}.1.`
    return Number.parseInt(reply.slice(reply.indexOf(before) + before.length), 10)
  }

  #atHead(): void {
    if (this.#headSeen) return
    this.#headSeen = true
    this.#reading.onHead()
  }
}

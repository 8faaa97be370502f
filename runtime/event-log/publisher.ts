import { createInbox, type Msg, type NatsConnection, type ServerInfo } from "@nats-io/transport-node"
import type { AppendError } from "./errors.ts"
import {
  type EncodedPublication,
  encodePublication,
  noPermission,
  type Publication,
  readAck,
  type Stored,
  tooLarge,
  unavailable,
  unsendable
} from "./publication.ts"
import { atEndOfTurn } from "./turn.ts"

export interface PublisherOptions {
  /** Unacknowledged messages at most; more wait their turn in order. */
  readonly window: number
  /** Without an acknowledgement for this long, everything unacknowledged is sent again, oldest first. Milliseconds. */
  readonly resendAfter: number
  /** After this long without an acknowledgement a message fails. Milliseconds. */
  readonly giveUpAfter: number
}

type Result = ReadonlyArray<Stored> | AppendError

/** The publications of one call. */
interface Batch {
  readonly publications: ReadonlyArray<Publication>
  readonly stored: Array<Stored>
  readonly resume: (result: Result) => void
  /** How many were sent so far, and how many are not acknowledged yet. */
  sent: number
  remaining: number
  done: boolean
  next: Batch | undefined
}

interface InFlight {
  readonly batch: Batch
  readonly index: number
  readonly subject: string
  readonly encoded: EncodedPublication
  readonly since: number
  sentAt: number
}

/**
 * Stores messages in a stream, many in flight, in the order of the calls.
 *
 * Each message has a reply subject of its own under one inbox, so an acknowledgement is matched without a promise or a timer
 * for each message. A connection delivers in order, so what the server has received is always a prefix of what was sent on
 * it: on a new connection everything unacknowledged is sent again, oldest first, before anything new; that keeps the order,
 * and the message id drops what was stored already. Only where a cluster changes the leader of the stream may messages in
 * flight change places, since the old leader can lose one and the new one store the next.
 */
export class Publisher {
  readonly #nc: NatsConnection
  readonly #options: PublisherOptions
  readonly #inbox: string
  readonly #inFlight = new Map<number, InFlight>()
  #first: Batch | undefined
  #last: Batch | undefined
  #pumping = false
  #pumpDue = false
  #token = 0
  /** When the broker last acknowledged something; when there was nothing to acknowledge, when something came. */
  #lastSign = performance.now()
  /** The greeting of the connection on which everything in flight was sent. */
  #greeting: ServerInfo | undefined
  readonly #timer: NodeJS.Timeout
  readonly #unsubscribe: () => void

  constructor(nc: NatsConnection, options: PublisherOptions) {
    this.#nc = nc
    this.#options = options
    const inbox = createInbox()
    this.#inbox = `${inbox}.`
    const subscription = nc.subscribe(`${inbox}.*`, { callback: (error, message) => this.#onReply(error, message) })
    this.#unsubscribe = () => subscription.unsubscribe()
    this.#timer = setInterval(() => this.#watch(), Math.min(1000, options.resendAfter / 2))
    this.#timer.unref()
  }

  /** Stores all of them or tells which failed first; calls `resume` exactly once. */
  publish(publications: ReadonlyArray<Publication>, resume: (result: Result) => void): void {
    const remaining = publications.length
    if (remaining === 0) {
      resume([])
      return
    }
    const stored = new Array<Stored>(remaining)
    const batch: Batch = { publications, stored, resume, sent: 0, remaining, done: false, next: undefined }
    if (this.#first === undefined && this.#inFlight.size === 0) this.#lastSign = performance.now()
    if (this.#last === undefined) this.#first = batch
    else this.#last.next = batch
    this.#last = batch
    this.#pumpSoon()
  }

  /** The connection is back: goes on at once. */
  reconnected(): void {
    this.#pump()
  }

  /** The server takes no message on this subject from us: those in flight will never be acknowledged. */
  denied(subject: string): void {
    const error = noPermission(subject)
    this.#fail((entry) => entry.subject === subject, error)
    this.#pump()
  }

  close(): void {
    clearInterval(this.#timer)
    if (!this.#nc.isClosed()) this.#unsubscribe()
    this.#failAll(unavailable("the connection to the broker was closed"))
  }

  /**
   * Whether there is a connection. The first time it is seen to be another one than before, everything in flight is sent
   * again: the client sends what it is given while it connects as soon as it can, so new messages must not get there first.
   */
  #connected(): boolean {
    const greeting = this.#nc.info
    if (greeting === undefined) return false
    const before = this.#greeting
    if (greeting === before) return true
    this.#greeting = greeting
    // A server greets again when its cluster changes, on the same connection.
    if (greeting.client_id !== before?.client_id || greeting.server_id !== before.server_id) this.#resend()
    return true
  }

  #resend(): void {
    const now = performance.now()
    for (const [token, entry] of this.#inFlight) {
      entry.sentAt = now
      this.#send(token, entry)
    }
  }

  #pumpSoon(): void {
    if (this.#pumpDue) return
    this.#pumpDue = true
    atEndOfTurn(() => {
      this.#pumpDue = false
      this.#pump()
    })
  }

  /** Sends what waits, as far as the window allows. A call that is told its result meanwhile may publish again. */
  #pump(): void {
    if (this.#pumping || !this.#connected()) return
    this.#pumping = true
    while (this.#first !== undefined && this.#inFlight.size < this.#options.window) {
      const batch: Batch = this.#first
      if (!batch.done && batch.sent < batch.publications.length) this.#sendNext(batch)
      else this.#first = batch.next
    }
    if (this.#first === undefined) this.#last = undefined
    this.#pumping = false
  }

  #sendNext(batch: Batch): void {
    const index = batch.sent++
    const publication = batch.publications[index]
    if (publication === undefined) return
    const encoded = encodePublication(publication)
    const limit = (this.#greeting?.max_payload ?? Number.POSITIVE_INFINITY) - (publication.headroom ?? 0)
    if (encoded.size > limit) {
      this.#settle(batch, tooLarge(publication.subject, encoded.size, limit))
      return
    }
    const token = this.#token++
    const now = performance.now()
    const entry = { batch, index, subject: publication.subject, encoded, since: now, sentAt: now }
    this.#inFlight.set(token, entry)
    this.#send(token, entry)
  }

  #send(token: number, { batch, subject, encoded }: InFlight): void {
    if (this.#nc.isClosed()) return
    try {
      this.#nc.publish(subject, encoded.payload, { headers: encoded.headers, reply: this.#inbox + token })
    } catch (cause) {
      this.#inFlight.delete(token)
      this.#settle(batch, unsendable(subject, cause))
    }
  }

  #onReply(error: Error | null, message: Msg): void {
    if (error !== null) return
    const token = Number(message.subject.slice(this.#inbox.length))
    const entry = this.#inFlight.get(token)
    if (entry === undefined) return
    const ack = readAck(message.string())
    if (ack === undefined) return
    this.#lastSign = performance.now()
    this.#inFlight.delete(token)
    const { batch } = entry
    if ("sequence" in ack) {
      batch.publications[entry.index]?.onStored?.(ack)
      batch.stored[entry.index] = ack
      batch.remaining--
      if (batch.remaining === 0) this.#settle(batch, batch.stored)
    } else this.#settle(batch, ack)
    if (this.#first !== undefined) this.#pumpSoon()
  }

  #settle(batch: Batch, result: Result): void {
    if (batch.done) return
    batch.done = true
    batch.resume(result)
  }

  /** Fails the calls with a message in flight for which `doomed` holds. */
  #fail(doomed: (entry: InFlight) => boolean, error: AppendError): void {
    const failed = [...this.#inFlight].filter(([, entry]) => doomed(entry))
    for (const [token] of failed) this.#inFlight.delete(token)
    for (const [, entry] of failed) this.#settle(entry.batch, error)
  }

  #failAll(error: AppendError): void {
    const first = this.#first
    this.#first = undefined
    this.#last = undefined
    this.#fail(() => true, error)
    for (let batch = first; batch !== undefined; batch = batch.next) this.#settle(batch, error)
  }

  #watch(): void {
    const { giveUpAfter, resendAfter } = this.#options
    if (this.#first === undefined && this.#inFlight.size === 0) return
    const now = performance.now()
    const detail = `the broker did not acknowledge an event for ${giveUpAfter / 1000} s; is it running, and is its disk full?`
    if (now - this.#lastSign > giveUpAfter) this.#failAll(unavailable(detail))
    else this.#fail((entry) => now - entry.since > giveUpAfter, unavailable(detail))
    const [oldest] = this.#inFlight.values()
    if (oldest !== undefined && now - oldest.sentAt > resendAfter && this.#nc.info !== undefined) this.#resend()
    this.#pump()
  }
}

import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node"
import { AppendError } from "./errors.ts"

/** A message to store: its subject, the text of its body, and the id under which the broker drops a second copy. */
export interface Publication {
  readonly subject: string
  readonly body: string
  readonly messageId: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Where a message was stored. `duplicate`: an earlier copy is there already, at `sequence`. */
export interface Stored {
  readonly sequence: number
  readonly duplicate: boolean
}

export interface PublisherOptions {
  /** Unacknowledged messages at most; more wait their turn in order. */
  readonly window: number
  /** Without an acknowledgement for this long, everything unacknowledged is sent again, oldest first. Milliseconds. */
  readonly resendAfter: number
  /** After this long without an acknowledgement a message fails. Milliseconds. */
  readonly giveUpAfter: number
}

interface Batch {
  readonly publications: ReadonlyArray<Publication>
  readonly stored: Array<Stored>
  remaining: number
  done: boolean
  readonly resume: (result: ReadonlyArray<Stored> | AppendError) => void
}

interface InFlight {
  readonly batch: Batch
  readonly index: number
  readonly since: number
  readonly headers: MsgHdrs
  readonly payload: Uint8Array
}

const encoder = new TextEncoder()
const crlf = "\r\n"

/**
 * The headers of a message, encoded in one go. The client's own header map costs as much as the rest of a publish; the
 * values here (ids, type names, trace context) never need the checks it makes.
 */
const encodeHeaders = (publication: Publication): Uint8Array => {
  let text = `NATS/1.0${crlf}Nats-Msg-Id: ${publication.messageId}${crlf}`
  for (const name in publication.headers) text += `${name}: ${publication.headers[name]}${crlf}`
  return encoder.encode(text + crlf)
}

// The client only ever calls `encode` on the headers of a message that it publishes.
const headersOf = (publication: Publication): MsgHdrs =>
  ({ encode: () => encodeHeaders(publication) }) as unknown as MsgHdrs

/**
 * Stores messages in a stream, many in flight, in the order of the calls.
 *
 * Each message has a reply subject of its own under one inbox, so an acknowledgement is matched without a promise or a timer
 * for each message. A connection delivers in order, so what the server has received is always a prefix of what was sent:
 * sending everything unacknowledged again, oldest first, keeps the order, and the message id drops what was stored already.
 */
export class Publisher {
  readonly #nc: NatsConnection
  readonly #options: PublisherOptions
  readonly #inbox: string
  readonly #inFlight = new Map<number, InFlight>()
  readonly #waiting: Array<Batch> = []
  #waitingIndex = 0
  #token = 0
  #lastSign = performance.now()
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
  publish(
    publications: ReadonlyArray<Publication>,
    resume: (result: ReadonlyArray<Stored> | AppendError) => void
  ): void {
    if (publications.length === 0) {
      resume([])
      return
    }
    const stored = new Array<Stored>(publications.length)
    this.#waiting.push({ publications, stored, remaining: publications.length, done: false, resume })
    this.#pump()
  }

  /** Sends everything unacknowledged again: called when the connection is back. */
  resend(): void {
    this.#lastSign = performance.now()
    for (const [token, entry] of this.#inFlight) this.#send(token, entry)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#unsubscribe()
    const error = new AppendError({ reason: "unavailable", detail: "the connection was closed", retryable: true })
    for (const entry of this.#inFlight.values()) this.#settle(entry.batch, error)
    for (const batch of this.#waiting) this.#settle(batch, error)
    this.#inFlight.clear()
    this.#waiting.length = 0
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#inFlight.size < this.#options.window) {
      const batch = this.#waiting[0]
      const publication = batch?.publications[this.#waitingIndex]
      if (batch === undefined || publication === undefined || batch.done) {
        this.#waiting.shift()
        this.#waitingIndex = 0
        continue
      }
      const index = this.#waitingIndex++
      const payload = encoder.encode(publication.body)
      const limit = this.#nc.info?.max_payload ?? Number.POSITIVE_INFINITY
      if (payload.length + 1024 > limit) {
        const mib = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`
        const detail = `${publication.subject}: an event of ${mib(payload.length)} exceeds the broker's limit of ${mib(limit)}; raise max_payload on the server or shorten the event`
        this.#settle(batch, new AppendError({ reason: "too-large", detail, retryable: false }))
        continue
      }
      if (this.#inFlight.size === 0) this.#lastSign = performance.now()
      const entry = { batch, index, since: performance.now(), headers: headersOf(publication), payload }
      const token = this.#token++
      this.#inFlight.set(token, entry)
      this.#send(token, entry)
    }
  }

  #send(token: number, entry: InFlight): void {
    const publication = entry.batch.publications[entry.index]
    if (publication === undefined || this.#nc.isClosed()) return
    this.#nc.publish(publication.subject, entry.payload, { headers: entry.headers, reply: this.#inbox + token })
  }

  #onReply(error: Error | null, message: Msg): void {
    const token = Number(message.subject.slice(this.#inbox.length))
    const entry = this.#inFlight.get(token)
    if (error !== null || entry === undefined) return
    // 503: no stream listens (the server is still recovering): the watch sends it again.
    if (message.data.length === 0) return
    this.#lastSign = performance.now()
    this.#inFlight.delete(token)
    const ack = readAck(message.string())
    if (ack instanceof AppendError) this.#settle(entry.batch, ack)
    else {
      entry.batch.stored[entry.index] = ack
      entry.batch.remaining--
      if (entry.batch.remaining === 0) this.#settle(entry.batch, entry.batch.stored)
    }
    this.#pump()
  }

  #settle(batch: Batch, result: ReadonlyArray<Stored> | AppendError): void {
    if (batch.done) return
    batch.done = true
    batch.resume(result)
  }

  #watch(): void {
    if (this.#inFlight.size === 0) return
    const now = performance.now()
    for (const [token, entry] of this.#inFlight) {
      if (now - entry.since < this.#options.giveUpAfter) break
      this.#inFlight.delete(token)
      const seconds = Math.round(this.#options.giveUpAfter / 1000)
      const detail = `the broker did not acknowledge an event for ${seconds} s; is it running, and is its disk full?`
      this.#settle(entry.batch, new AppendError({ reason: "unavailable", detail, retryable: true }))
    }
    if (now - this.#lastSign > this.#options.resendAfter) this.resend()
    this.#pump()
  }
}

/** Reads JetStream's reply to a publish; the common form is read without a JSON parser. */
export const readAck = (text: string): Stored | AppendError => {
  const at = text.indexOf('"seq":')
  if (at > 0 && !text.includes('"error"')) {
    const sequence = Number.parseInt(text.slice(at + 6), 10)
    if (sequence > 0) return { sequence, duplicate: text.includes('"duplicate":') && /"duplicate":\s*true/.test(text) }
  }
  return new AppendError({
    reason: "refused",
    detail: `the broker refused an event: ${/"description":"([^"]*)"/.exec(text)?.[1] ?? text.slice(0, 200)}`,
    retryable: false
  })
}

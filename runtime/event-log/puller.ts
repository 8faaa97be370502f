import { createInbox, type Msg, type NatsConnection, type Subscription } from "@nats-io/transport-node"
import { atEndOfTurn } from "./turn.ts"

export interface PullerOptions {
  readonly stream: string
  readonly consumer: string
  /** Messages asked for or in hands at most. */
  readonly window: number
  /** How many of them must be free before more are asked for, unless nothing is asked for at all. */
  readonly refill: number
  readonly onMessage: (message: Msg) => void
  /** The consumer is gone, or nobody answers for it. Nothing more comes until `restart` is called. */
  readonly onLost: (detail: string) => void
}

const expiresMs = 30_000
const heartbeatMs = 5_000
/** Heartbeats that may fail to come before the request is taken for lost. */
const patience = 3

/**
 * Bytes that one request may bring. The server cuts off a connection on which too much waits to be sent (64 MiB), and a few
 * requests can be open at the same time; but one message must always fit.
 */
const bytesOf = (nc: NatsConnection): number => Math.max(8_388_608, (nc.info?.max_payload ?? 0) + subjectRoom)

/** Bytes that the subjects of a message add to its payload and headers: the server counts them, and allows this many. */
const subjectRoom = 65_536

/**
 * Pulls messages of a JetStream consumer, keeping the number asked for plus the number in hands at `window`.
 *
 * The client's own consumer objects wrap and parse each message and deliver no matter how many are still being handled;
 * here a message is handed over as it came, and the next ones are asked for when `release` tells that hands are free.
 */
export class Puller {
  readonly #nc: NatsConnection
  readonly #options: PullerOptions
  readonly #subject: string
  readonly #timer: NodeJS.Timeout
  #subscription: Subscription
  #asked = 0
  #held = 0
  #pullDue = false
  /** Whether anything came since the last heartbeat was due, and how many times nothing did. */
  #heard = true
  #silences = 0
  /** Requests may be sent: neither stopped nor lost, and what is left of the ones before a restart is known. */
  #asking = true
  #stopped = false

  constructor(nc: NatsConnection, options: PullerOptions) {
    this.#nc = nc
    this.#options = options
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`
    this.#subscription = this.#subscribe()
    this.#timer = setInterval(() => this.#watch(), heartbeatMs)
    this.#timer.unref()
    this.#pull()
  }

  /** One message is done: another may come. */
  release(): void {
    this.#held--
    if (this.#pullDue) return
    this.#pullDue = true
    atEndOfTurn(() => {
      this.#pullDue = false
      this.#pull()
    })
  }

  /**
   * Takes back what was asked for and asks anew: the connection was lost and is back, or the consumer is there again. A request
   * lives on the server for as long as somebody listens to its inbox, even after a break of the connection; so the new ones get
   * an inbox of their own, and are sent when the last message of the old ones must have come.
   */
  restart(): void {
    if (this.#stopped || this.#nc.isClosed()) return
    const old = this.#subscription
    const current = this.#subscribe()
    this.#subscription = current
    this.#asking = false
    void this.#settled(old).then(() => {
      if (this.#stopped || this.#subscription !== current) return
      this.#asked = 0
      this.#asking = true
      this.#pull()
    })
  }

  /** Asks for no more. What is on its way is still handed over, until the returned promise tells that nothing is. */
  stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopped = true
    this.#asking = false
    return this.#settled(this.#subscription)
  }

  /** Ends a subscription; fulfilled when everything sent to it has been handed over, or there is no connection. */
  #settled(subscription: Subscription): Promise<void> {
    if (subscription.isClosed()) return Promise.resolve()
    if (this.#nc.info !== undefined) return subscription.drain().catch(() => {})
    subscription.unsubscribe()
    return Promise.resolve()
  }

  #subscribe(): Subscription {
    const subscription: Subscription = this.#nc.subscribe(createInbox(), {
      callback: (error, message) => {
        if (error === null) this.#onMessage(message, subscription)
      }
    })
    return subscription
  }

  #pull(): void {
    if (!this.#asking || this.#nc.isClosed()) return
    const free = this.#options.window - this.#held - this.#asked
    if (free <= 0 || (this.#asked > 0 && free < this.#options.refill)) return
    this.#asked += free
    const request = {
      batch: free,
      max_bytes: bytesOf(this.#nc),
      expires: expiresMs * 1e6,
      idle_heartbeat: heartbeatMs * 1e6
    }
    this.#nc.publish(this.#subject, JSON.stringify(request), { reply: this.#subscription.getSubject() })
  }

  #onMessage(message: Msg, subscription: Subscription): void {
    this.#heard = true
    if (message.reply !== "") {
      if (subscription === this.#subscription) this.#asked--
      this.#held++
      this.#options.onMessage(message)
    } else if (this.#asking && subscription === this.#subscription) this.#onStatus(message)
  }

  #onStatus({ headers }: Msg): void {
    const code = headers?.code ?? 0
    const description = headers?.description ?? ""
    if (code === 100) return
    // A request expired or has brought its bytes, with so many messages still to come; others may be open beside it.
    const left = Number(headers?.get("Nats-Pending-Messages"))
    if ((code === 408 || /maxbytes/i.test(description)) && left > 0) {
      this.#asked = Math.max(0, this.#asked - left)
      this.#pull()
    } else if (/leadership change/i.test(description)) this.restart()
    else {
      this.#asking = false
      this.#options.onLost(description === "" ? `status ${code}` : description)
    }
  }

  #watch(): void {
    if (!this.#asking) return
    this.#pull()
    // A request is answered by a heartbeat at least.
    this.#silences = this.#heard || this.#asked === 0 ? 0 : this.#silences + 1
    this.#heard = false
    if (this.#silences < patience) return
    this.#silences = 0
    this.restart()
  }
}

/** What the reply subject of a delivered message tells. */
export interface DeliveryInfo {
  readonly stream: string
  /** Position in the stream. */
  readonly sequence: number
  /** 1 for the first delivery. */
  readonly deliveries: number
}

/**
 * Reads the reply subject of a delivered message:
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer sequence>.<time>.<pending>`, with the domain and a hash of the
 * account after `ACK` and a token of chance at the end where the stream is in a domain.
 */
export const deliveryOf = (reply: string): DeliveryInfo => {
  const tokens = reply.split(".")
  const at = tokens.length === 9 ? 2 : 4
  return { stream: tokens[at] ?? "", deliveries: Number(tokens[at + 2]), sequence: Number(tokens[at + 3]) }
}

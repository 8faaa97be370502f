import { createInbox, type Msg, type NatsConnection, type Subscription } from "@nats-io/transport-node"

export interface PullerOptions {
  readonly stream: string
  readonly consumer: string
  /** Messages asked for or in hands at most. */
  readonly window: number
  readonly onMessage: (message: Msg) => void
  /** The consumer is gone, or nobody answers for it. Nothing more comes until `restart` is called. */
  readonly onLost: (detail: string) => void
}

const expiresMs = 30_000
const heartbeatMs = 5_000

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
  #lastSign = performance.now()
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
    this.#pull()
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
    void settled(old).then(() => {
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
    return settled(this.#subscription)
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
    // Asking for every single message would double the traffic: wait until a quarter of the window is free.
    if (free <= 0 || (this.#asked > 0 && free < this.#options.window / 4)) return
    this.#asked += free
    const request = { batch: free, expires: expiresMs * 1e6, idle_heartbeat: heartbeatMs * 1e6 }
    this.#nc.publish(this.#subject, JSON.stringify(request), { reply: this.#subscription.getSubject() })
  }

  #onMessage(message: Msg, subscription: Subscription): void {
    this.#lastSign = performance.now()
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
    // 408: a request expired, with so many messages still to come; it goes on beside the others.
    const left = Number(headers?.get("Nats-Pending-Messages"))
    if (code === 408 && left > 0) {
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
    if (this.#asked === 0 || performance.now() - this.#lastSign < 3 * heartbeatMs) return
    this.#lastSign = performance.now()
    this.restart()
  }
}

/** Ends a subscription; fulfilled when everything sent to it has been handed over, or the connection broke. */
const settled = (subscription: Subscription): Promise<void> =>
  subscription.isClosed() ? Promise.resolve() : subscription.drain().catch(() => {})

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

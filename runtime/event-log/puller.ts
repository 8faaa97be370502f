import { createInbox, type Msg, type NatsConnection } from "@nats-io/transport-node"

export interface PullerOptions {
  readonly stream: string
  readonly consumer: string
  /** Messages asked for or in hands at most. */
  readonly window: number
  readonly onMessage: (message: Msg) => void
  /** The consumer is gone, or nobody answers for it. */
  readonly onLost: (detail: string) => void
}

const expiresMs = 30_000
const heartbeatMs = 5_000

/**
 * Pulls messages of a JetStream consumer through one inbox, keeping the number asked for plus the number in hands at `window`.
 *
 * The client's own consumer objects wrap and parse each message and deliver no matter how many are still being handled;
 * here a message is handed over as it came, and the next ones are asked for when `release` tells that hands are free.
 */
export class Puller {
  readonly #nc: NatsConnection
  readonly #options: PullerOptions
  readonly #subject: string
  readonly #inbox: string
  readonly #unsubscribe: () => void
  readonly #timer: NodeJS.Timeout
  #asked = 0
  #held = 0
  #lastSign = performance.now()
  #stopped = false

  constructor(nc: NatsConnection, options: PullerOptions) {
    this.#nc = nc
    this.#options = options
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`
    this.#inbox = createInbox()
    const subscription = nc.subscribe(this.#inbox, { callback: (error, message) => this.#onMessage(error, message) })
    this.#unsubscribe = () => subscription.unsubscribe()
    this.#timer = setInterval(() => this.#watch(), heartbeatMs)
    this.#timer.unref()
    this.#pull()
  }

  /** One message is done: another may come. */
  release(): void {
    this.#held--
    this.#pull()
  }

  /** Asks for no more; what was asked for before may still arrive and is ignored, to be delivered to somebody else. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    clearInterval(this.#timer)
    if (!this.#nc.isClosed()) this.#unsubscribe()
  }

  /** The connection was lost and is back: requests of the old one are gone. */
  restart(): void {
    this.#asked = 0
    this.#pull()
  }

  #pull(): void {
    if (this.#stopped || this.#nc.isClosed()) return
    const free = this.#options.window - this.#held - this.#asked
    // Asking for every single message would double the traffic: wait until a quarter of the window is free.
    if (free <= 0 || (this.#asked > 0 && free < this.#options.window / 4)) return
    this.#asked += free
    const request = { batch: free, expires: expiresMs * 1e6, idle_heartbeat: heartbeatMs * 1e6 }
    this.#nc.publish(this.#subject, JSON.stringify(request), { reply: this.#inbox })
  }

  #onMessage(error: Error | null, message: Msg): void {
    if (error !== null || this.#stopped) return
    this.#lastSign = performance.now()
    const status = message.reply === undefined || message.reply === "" ? (message.headers?.code ?? 0) : 0
    if (status === 0) {
      this.#asked--
      this.#held++
      this.#options.onMessage(message)
      return
    }
    if (status === 100) return
    const left = Number(message.headers?.get("Nats-Pending-Messages") ?? "")
    const description = message.headers?.description ?? ""
    this.#asked = Math.max(0, Number.isFinite(left) && left > 0 ? this.#asked - left : 0)
    // 408: the request expired; 409: leadership changed or acknowledgements are pending; 404 and 503: nobody is there.
    if (status === 503 || status === 404 || /deleted/i.test(description)) {
      this.#options.onLost(description === "" ? `status ${status}` : description)
    } else this.#pull()
  }

  #watch(): void {
    if (this.#stopped) return
    if (this.#asked === 0) {
      this.#pull()
      return
    }
    if (performance.now() - this.#lastSign < 3 * heartbeatMs) return
    this.#lastSign = performance.now()
    this.restart()
  }
}

/** The stream sequence in a delivered message's reply subject: 9 tokens, or 12 with a domain. */
export const sequenceOf = (message: Msg): number => {
  const tokens = (message.reply ?? "").split(".")
  return Number(tokens[tokens.length === 9 ? 5 : 7])
}

/** Stream sequence, number of deliveries and messages still pending, from a delivered message's reply subject. */
export const deliveryOf = (
  message: Msg
): { readonly sequence: number; readonly deliveries: number; readonly pending: number } => {
  const tokens = (message.reply ?? "").split(".")
  const at = tokens.length === 9 ? 4 : 6
  return { deliveries: Number(tokens[at]), sequence: Number(tokens[at + 1]), pending: Number(tokens[at + 4]) }
}

/** How an actor host treats its messages. Times in milliseconds. */
export interface HostSettings {
  /** Messages that one actor handles at the same time in this process. */
  readonly concurrency: number
  /** Without a sign of life for this long, a message is given to another process. */
  readonly ackWait: number
  /** Deliveries after which a message is parked. */
  readonly maxDeliver: number
  /** Delay before the second, third, … delivery; the last one repeats. */
  readonly backoff: ReadonlyArray<number>
  /** How long a message waits in hand for a server that is away before it is parked. */
  readonly patience: number
  /** How long a stopping host waits for what is being handled. */
  readonly grace: number
}

export const defaultHostSettings: HostSettings = {
  concurrency: 64,
  ackWait: 5000,
  maxDeliver: 5,
  backoff: [250, 1000, 4000, 15_000],
  patience: 600_000,
  grace: 5000
}

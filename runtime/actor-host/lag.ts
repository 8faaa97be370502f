import type { ConsumerInfo } from "@nats-io/jetstream"
import { Effect } from "effect"
import { Broker } from "../event-log/broker.ts"
import { ReadError } from "../event-log/errors.ts"
import { deadLetterStream, eventStream } from "../event-log/streams.ts"
import { listDeadLetters } from "./deadLetters.ts"
import { parseDurable } from "./durable.ts"

/** Where an actor stands, over all processes that host it. */
export interface ActorStanding {
  readonly actor: string
  /** Whether some process asks for its messages right now. */
  readonly hosted: boolean
  /** Messages it has not been given yet. */
  readonly lag: number
  /** Messages being handled. */
  readonly inFlight: number
  /** Messages being handled that were given out before. */
  readonly redelivered: number
  /** Messages of it in the dead letters. */
  readonly parked: number
}

const consumersOf = (stream: string): Effect.Effect<ReadonlyArray<ConsumerInfo>, ReadError, Broker> =>
  Effect.gen(function* () {
    const { manager } = yield* Broker
    return yield* Effect.tryPromise({
      try: async () => {
        const consumers: Array<ConsumerInfo> = []
        for await (const info of manager.consumers.list(stream)) consumers.push(info)
        return consumers
      },
      catch: (cause) => new ReadError({ detail: `the actors' standings can't be read: ${String(cause)}` })
    })
  })

const isHosted = ({ num_waiting }: ConsumerInfo): boolean => num_waiting > 0

const lastDelivery = ({ delivered }: ConsumerInfo): number => Date.parse(String(delivered.last_active)) || 0

/**
 * The consumers by which an actor's standing is told, out of those of all that it ever worked with: those of the hosts that run,
 * or else of the last one that did. To any other one, what came after it looks like work that waits.
 */
const telling = (consumers: ReadonlyArray<ConsumerInfo>): ReadonlyArray<ConsumerInfo> => {
  const byWork = [...Map.groupBy(consumers, ({ name }) => parseDurable(name)?.work ?? "").values()]
  const hosted = byWork.filter((group) => group.some(isHosted))
  if (hosted.length > 0) return hosted.flat()
  const latest = (group: ReadonlyArray<ConsumerInfo>) => Math.max(...group.map(lastDelivery))
  return byWork.reduce((best, group) => (latest(group) > latest(best) ? group : best), byWork[0] ?? [])
}

/** The standing of every actor that was ever hosted on this log, by name. */
export const actorStandings: Effect.Effect<ReadonlyArray<ActorStanding>, ReadError, Broker> = Effect.gen(function* () {
  const consumers = [...(yield* consumersOf(eventStream)), ...(yield* consumersOf(deadLetterStream))]
  const letters = yield* listDeadLetters
  const durables = Map.groupBy(consumers, ({ name }) => parseDurable(name)?.actor)
  const hosted = [...durables.keys()].filter((actor) => actor !== undefined)
  const names = new Set([...hosted, ...letters.map(({ actor }) => actor)])
  return [...names].sort().map((actor) => {
    const own = telling(durables.get(actor) ?? [])
    const sum = (count: (info: ConsumerInfo) => number) => own.reduce((total, info) => total + count(info), 0)
    return {
      actor,
      hosted: own.some(isHosted),
      lag: sum(({ num_pending }) => num_pending),
      inFlight: sum(({ num_ack_pending }) => num_ack_pending),
      redelivered: sum(({ num_redelivered }) => num_redelivered),
      parked: letters.filter((letter) => letter.actor === actor).length
    }
  })
})

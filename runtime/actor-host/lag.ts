import type { ConsumerInfo } from "@nats-io/jetstream"
import { Effect } from "effect"
import { Broker } from "../event-log/broker.ts"
import { ReadError } from "../event-log/errors.ts"
import { deadLetterStream, eventStream } from "../event-log/streams.ts"
import { listDeadLetters } from "./deadLetters.ts"

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

const actorOf = (durable: string): string => durable.slice(0, durable.lastIndexOf("--"))

/** The standing of every actor that was ever hosted on this log, by name. */
export const actorStandings: Effect.Effect<ReadonlyArray<ActorStanding>, ReadError, Broker> = Effect.gen(function* () {
  const consumers = [...(yield* consumersOf(eventStream)), ...(yield* consumersOf(deadLetterStream))]
  const letters = yield* listDeadLetters
  const durables = consumers.filter(({ config }) => config.durable_name?.includes("--"))
  const names = new Set([...durables.map(({ name }) => actorOf(name)), ...letters.map(({ actor }) => actor)])
  return [...names].sort().map((actor) => {
    const own = durables.filter(({ name }) => actorOf(name) === actor)
    const sum = (count: (info: ConsumerInfo) => number) => own.reduce((total, info) => total + count(info), 0)
    return {
      actor,
      hosted: own.some(({ num_waiting }) => num_waiting > 0),
      lag: sum(({ num_pending }) => num_pending),
      inFlight: sum(({ num_ack_pending }) => num_ack_pending),
      redelivered: sum(({ num_redelivered }) => num_redelivered),
      parked: letters.filter((letter) => letter.actor === actor).length
    }
  })
})

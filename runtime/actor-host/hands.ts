import type { Msg } from "@nats-io/transport-node"
import { Effect, type Scope } from "effect"
import { Broker } from "../event-log/broker.ts"
import { deliveryOf } from "../event-log/puller.ts"
import { atEndOfTurn } from "../event-log/turn.ts"

/** One delivery of a message to this process, to be answered once; a second answer is not sent. */
export interface Delivery {
  readonly subject: string
  /** Position in its stream. */
  readonly sequence: number
  /** 1 for the first delivery. */
  readonly deliveries: number
  readonly text: () => string
  readonly header: (name: string) => string
  /** Handled: it never comes again. */
  readonly ack: () => void
  /** Not handled: it comes again after `delay` milliseconds. */
  readonly nak: (delay: number) => void
}

/** The messages that are being handled in this process. */
export interface Hands {
  /**
   * Takes a message; `onFree` is called when it has been answered. Undefined for another delivery of a message that is in hands
   * already, after the process was too busy to keep it: it is being handled, and its answer goes to the newest delivery.
   */
  readonly take: (message: Msg, onFree: () => void) => Delivery | undefined
  /** Gives a message back untouched. */
  readonly refuse: (message: Msg) => void
}

const negative = (delay: number): string => `-NAK {"delay":${Math.round(delay * 1e6)}}`

/** A plain timer: signs of life must not wait for fibers that wait for each other. */
const every = (millis: number, run: () => void): NodeJS.Timeout => setInterval(run, millis)

/**
 * Keeps what is in hands: until it is answered, the broker is told at a third of `ackWait` (milliseconds) that it is being
 * worked on, for as long as the scope lives. Whatever is unanswered when the process dies goes to another one after `ackWait`.
 */
export const makeHands = (ackWait: number): Effect.Effect<Hands, never, Broker | Scope.Scope> =>
  Effect.gen(function* () {
    const { nc } = yield* Broker
    /** Where the answer to a message goes, by stream and position. */
    const replies = new Map<string, string>()
    const answers: Array<{ readonly reply: string; readonly text: string }> = []
    const send = () => {
      for (const { reply, text } of answers.splice(0)) {
        if (!nc.isClosed()) nc.publish(reply, text)
      }
    }
    const answer = (reply: string, text: string) => {
      if (answers.push({ reply, text }) === 1) atEndOfTurn(send)
    }

    const take: Hands["take"] = (message, onFree) => {
      const reply = message.reply ?? ""
      const { sequence, deliveries, stream } = deliveryOf(reply)
      const key = `${stream}.${sequence}`
      const known = replies.has(key)
      replies.set(key, reply)
      if (known) return undefined
      const settle = (text: string) => {
        const newest = replies.get(key)
        if (newest === undefined) return
        replies.delete(key)
        answer(newest, text)
        onFree()
      }
      return {
        subject: message.subject,
        sequence,
        deliveries,
        text: () => message.string(),
        header: (name) => message.headers?.get(name) ?? "",
        ack: () => settle("+ACK"),
        nak: (delay) => settle(negative(delay))
      }
    }

    yield* Effect.acquireRelease(
      Effect.sync(() =>
        every(ackWait / 3, () => {
          for (const reply of replies.values()) answer(reply, "+WPI")
        })
      ),
      (timer) =>
        Effect.sync(() => {
          clearInterval(timer)
          send()
        })
    )
    return { take, refuse: (message) => answer(message.reply ?? "", negative(0)) }
  })

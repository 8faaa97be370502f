import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { eventSubject } from "../../events/subjects.ts"
import { Broker } from "../event-log/broker.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { deadLetterStream } from "../event-log/streams.ts"
import { queryScored } from "../event-log/testing/events.ts"
import { eventually, quietLog } from "../event-log/testing/servers.ts"
import { now } from "../now.ts"
import { dropDeadLetter, listDeadLetters, replayDeadLetter, showDeadLetter } from "./deadLetters.ts"
import { park } from "./parking.ts"
import { host, scoreActor, stored } from "./testing/hosting.ts"

const broken: unknown = new Error("broken")

/** An actor that fails as long as it is told to, and how often it was called. */
const failing = (name: string) => {
  const state = { calls: 0, broken: true }
  const actor = scoreActor(name, () => {
    state.calls++
    return state.broken ? Effect.fail(broken) : Effect.succeed([])
  })
  return { state, actor }
}

const lettersOf = (actor: string) =>
  Effect.map(listDeadLetters, (letters) => letters.filter((letter) => letter.actor === actor))

/** Waits until the actor has a dead letter whose number is above `after`. */
const nextLetter = Effect.fnUntraced(function* (actor: string, after = 0) {
  while (true) {
    const letter = (yield* lettersOf(actor)).find(({ id }) => id > after)
    if (letter !== undefined) return letter
    yield* Effect.sleep("10 millis")
  }
})

/** Everything in the stream of dead letters, those on their way back included. */
const countAll = Effect.gen(function* () {
  const { manager } = yield* Broker
  const { state } = yield* Effect.promise(() => manager.streams.info(deadLetterStream))
  return state.messages
})

const once = { maxDeliver: 1 }

layer(quietLog, { excludeTestServices: true })("dead letters", (it) => {
  it.effect("are listed and shown", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const { actor } = failing("shown")
      yield* host(actor, once)
      yield* log.append([queryScored("shown", 1)])
      const letter = yield* nextLetter("shown")
      assert.deepStrictEqual(yield* showDeadLetter(letter.id), letter)
      assert.isBelow(Math.abs(letter.parkedAt.getTime() - Date.parse(yield* now)), 60_000)
      const missing = yield* Effect.flip(showDeadLetter(9999))
      assert.strictEqual(missing.message, "no dead letter 9999; `dlq list` shows the ones there are")
    })
  )

  it.effect("go back to their actor and are gone when it succeeds", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const { state, actor } = failing("mended")
      yield* host(actor, once)
      yield* log.append([queryScored("mended", 1)])
      const { id } = yield* nextLetter("mended")
      const before = yield* countAll
      state.broken = false
      assert.strictEqual((yield* replayDeadLetter(id)).id, id)
      yield* eventually("the actor was called again", () => state.calls === 2)
      assert.lengthOf(yield* lettersOf("mended"), 0)
      while ((yield* countAll) !== before - 1) yield* Effect.sleep("10 millis")
      assert.strictEqual((yield* Effect.flip(replayDeadLetter(id)))._tag, "DeadLetterNotFound")
    })
  )

  it.effect("are tried as often as any message when they are replayed, and none is lost meanwhile", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const { state, actor } = failing("stubborn")
      yield* host(actor, { maxDeliver: 3, backoff: [100] })
      yield* log.append([queryScored("stubborn", 1)])
      const { id } = yield* nextLetter("stubborn")
      assert.strictEqual(state.calls, 3)
      yield* replayDeadLetter(id)
      yield* eventually("the first attempt of the replay", () => state.calls === 4)
      state.broken = false
      yield* eventually("the second attempt of the replay", () => state.calls === 5)
      yield* Effect.sleep("50 millis")
      assert.lengthOf(yield* lettersOf("stubborn"), 0)
    })
  )

  it.effect("are parked again each time their replay fails, and the log tells of each time", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const { actor } = failing("hopeless")
      yield* host(actor, once)
      const [place] = yield* log.append([queryScored("hopeless", 1)])
      let letter = yield* nextLetter("hopeless")
      for (let replay = 0; replay < 2; replay++) {
        yield* replayDeadLetter(letter.id)
        letter = yield* nextLetter("hopeless", letter.id)
        const about = { runId: "test", eventType: "QueryScored", sequence: place?.sequence ?? 0, attempts: 1 }
        assert.include(letter, about)
        assert.lengthOf(yield* lettersOf("hopeless"), 1)
      }
      const parked = stored(
        ({ type, subject }) => type === "MessageParked" && subject === queryScored("hopeless", 1).subject
      )
      while ((yield* parked).length < 3) yield* Effect.sleep("10 millis")
    })
  )

  it.effect("keep what they are about when they can't be read", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const { actor } = failing("unreadable")
      yield* host(actor, once)
      const subject = eventSubject("QueryScored", "some-run")
      const [place] = yield* log.appendRaw([{ subject, body: "garbage", messageId: "garbage" }])
      const about = { runId: "some-run", eventType: "QueryScored", sequence: place?.sequence ?? 0, body: "garbage" }
      const first = yield* nextLetter("unreadable")
      assert.include(first, about)
      yield* replayDeadLetter(first.id)
      assert.include(yield* nextLetter("unreadable", first.id), about)
    })
  )

  it.effect("can be dropped; the log still tells of them", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const { state, actor } = failing("dropped")
      yield* host(actor, once)
      const event = queryScored("dropped", 1)
      yield* log.append([event])
      const { id } = yield* nextLetter("dropped")
      yield* dropDeadLetter(id)
      assert.lengthOf(yield* lettersOf("dropped"), 0)
      assert.strictEqual((yield* Effect.flip(dropDeadLetter(id)))._tag, "DeadLetterNotFound")
      assert.strictEqual(state.calls, 1)
      const told = stored((parked) => parked.type === "MessageParked" && parked.data.eventId === event.id)
      while ((yield* told).length === 0) yield* Effect.sleep("10 millis")
    })
  )

  it.effect("lie there once when a crash has a message parked twice", () =>
    Effect.gen(function* () {
      const event = queryScored("crashed", 1)
      const origin = { eventType: event.type, runId: event.runid, sequence: 12, round: "log" }
      for (const deliveries of [3, 4]) {
        const delivery = { deliveries, text: () => JSON.stringify(event) }
        yield* park({ name: "crashed", version: "1" }, origin, delivery, event, "broken")
      }
      assert.lengthOf(yield* lettersOf("crashed"), 1)
      assert.lengthOf(
        yield* stored(({ type, data }) => type === "MessageParked" && "actor" in data && data.actor === "crashed"),
        1
      )
    })
  )
})

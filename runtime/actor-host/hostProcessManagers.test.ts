import { assert, layer } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Scope } from "effect"
import { causeOf, type ProcessManager } from "../../actors/processManager.ts"
import { eventSubject } from "../../events/subjects.ts"
import { AppendError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { queryScored } from "../event-log/testing/events.ts"
import { quietLog } from "../event-log/testing/servers.ts"
import { hostProcessManagers, runManager } from "./hostProcessManagers.ts"
import { stored, verdict, withAppend } from "./testing/hosting.ts"

/** Emits one verdict for each score of a cause; takes an event that it has seen as none. */
const manager = (
  name: string,
  about = name
): ProcessManager<{ readonly seen: Set<string>; fresh: boolean }, "QueryScored"> => ({
  name,
  version: "1",
  consumes: ["QueryScored"],
  emits: ["OutcomeScored"],
  init: () => ({ seen: new Set(), fresh: false }),
  evolve: (state, event) => {
    state.fresh = event.causationid === about && !state.seen.has(event.id)
    state.seen.add(event.id)
    return state
  },
  decide: (state, event) => (state.fresh ? [{ cause: causeOf(event), ordinal: 0, event: verdict(event) }] : [])
})

/** Runs managers until the scope ends; returns what is completed when they can't go on. */
const run = Effect.fnUntraced(function* (...managers: ReadonlyArray<ReturnType<typeof runManager>>) {
  const fatal = yield* Deferred.make<never, AppendError>()
  yield* hostProcessManagers(managers, fatal)
  return fatal
})

const scores = (cause: string, count: number) => Array.from({ length: count }, (_, n) => queryScored(cause, n))

const emittedBy = (name: string) => stored(({ source }) => source === `/actors/${name}/1`)

const untilEmitted = Effect.fnUntraced(function* (name: string, count: number) {
  while ((yield* emittedBy(name)).length < count) yield* Effect.sleep("10 millis")
  return (yield* emittedBy(name)).map(({ causationid }) => causationid)
})

/** Counts the events that are appended. */
const counting = () => {
  const state = { appended: 0 }
  const counted = withAppend((append) => (events) => {
    state.appended += events.length
    return append(events)
  })
  return { state, counted }
}

const refused = new AppendError({ reason: "refused", detail: "full", retryable: false })
const unavailable = new AppendError({ reason: "unavailable", detail: "away", retryable: true })

layer(quietLog, { excludeTestServices: true })("process managers", (it) => {
  it.effect("emit what is due for what lies in the log and for what comes", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [before, after] = [scores("emits", 10).slice(0, 5), scores("emits", 10).slice(5)]
      yield* log.append(before)
      yield* run(runManager(manager("emits")))
      yield* log.append(after)
      const causes = yield* untilEmitted("emits", 10)
      assert.deepStrictEqual(
        causes,
        [...before, ...after].map(({ id }) => id)
      )
      const [event] = yield* emittedBy("emits")
      assert.strictEqual(event?.correlationid, before[0]?.correlationid)
    }).pipe(Effect.scoped)
  )

  it.effect("repeat no work after a restart", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.append(scores("restarts", 20))
      yield* Effect.scoped(Effect.andThen(run(runManager(manager("restarts"))), untilEmitted("restarts", 20)))
      const head = yield* log.head
      const { state, counted } = counting()
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* counted(run(runManager(manager("restarts"))))
          yield* log.append([queryScored("restarts", 20)])
          yield* untilEmitted("restarts", 21)
        })
      )
      assert.strictEqual(state.appended, 1)
      assert.strictEqual(yield* log.head, head + 2)
    })
  )

  it.effect("change nothing by running twice at the same time", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.append(scores("twins", 30).slice(0, 10))
      yield* run(runManager(manager("twins")))
      yield* run(runManager(manager("twins")))
      yield* log.append(scores("twins", 30).slice(10))
      yield* untilEmitted("twins", 30)
      yield* Effect.sleep("100 millis")
      assert.lengthOf(yield* emittedBy("twins"), 30)
    }).pipe(Effect.scoped)
  )

  it.effect("emit after a restart what was decided but not stored when they died", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const scope = yield* Scope.make()
      const decided = yield* Deferred.make<void>()
      const dying = withAppend(() => () => Effect.andThen(Deferred.succeed(decided, undefined), Effect.never))
      yield* dying(run(runManager(manager("dies")))).pipe(Scope.provide(scope))
      yield* log.append(scores("dies", 3))
      yield* Deferred.await(decided)
      yield* Scope.close(scope, Exit.void)
      assert.lengthOf(yield* emittedBy("dies"), 0)
      yield* run(runManager(manager("dies")))
      assert.lengthOf(yield* untilEmitted("dies", 3), 3)
    }).pipe(Effect.scoped)
  )

  it.effect("change nothing when an event lies in the log twice", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const event = queryScored("doubled", 1)
      const again = (copy: number) => ({
        subject: eventSubject(event.type, event.runid),
        body: JSON.stringify(event),
        messageId: `copy-${copy}`
      })
      yield* log.append([event])
      yield* log.appendRaw([again(1)])
      const { state, counted } = counting()
      yield* counted(run(runManager(manager("doubled"))))
      yield* log.appendRaw([again(2)])
      yield* log.append([queryScored("doubled", 2)])
      yield* untilEmitted("doubled", 2)
      assert.strictEqual(state.appended, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("pass over what can't be read", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.appendRaw([{ subject: eventSubject("QueryScored", "test"), body: "garbage", messageId: "garbage" }])
      yield* run(runManager(manager("reads")))
      yield* log.append([queryScored("reads", 1)])
      yield* untilEmitted("reads", 1)
    }).pipe(Effect.scoped)
  )

  it.effect("share one reading of the log, and see each other's events", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const seen: Array<string> = []
      const watcher: ProcessManager<null, "OutcomeScored"> = {
        name: "watcher",
        version: "1",
        consumes: ["OutcomeScored"],
        emits: [],
        init: () => null,
        evolve: (state, event) => {
          if (event.source === "/actors/watched/1") seen.push(event.id)
          return state
        },
        decide: () => []
      }
      yield* run(runManager(manager("watched")), runManager(watcher))
      yield* log.append(scores("watched", 3))
      while (seen.length < 3) yield* Effect.sleep("10 millis")
    }).pipe(Effect.scoped)
  )

  it.effect("try again when the broker is away, and give up when nothing can be stored", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      let calls = 0
      const away = withAppend(
        (append) => (events) => Effect.suspend(() => (++calls === 1 ? Effect.fail(unavailable) : append(events)))
      )
      yield* away(run(runManager(manager("away"))))
      yield* log.append([queryScored("away", 1)])
      yield* untilEmitted("away", 1)
      assert.strictEqual(calls, 2)

      const fatal = yield* withAppend(() => () => Effect.fail(refused))(run(runManager(manager("full"))))
      yield* log.append([queryScored("full", 1)])
      assert.deepStrictEqual(yield* Effect.exit(Deferred.await(fatal)), Exit.fail(refused))
    }).pipe(Effect.scoped)
  )

  it.effect("end the host when one of them throws, before the head and after it", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const wrong: ProcessManager<null, "QueryScored"> = {
        ...manager("wrong"),
        init: () => null,
        evolve: (_, event) => {
          if (event.causationid === "wrong") throw new Error("a mistake")
          return null
        },
        decide: () => []
      }
      const fatal = yield* run(runManager(wrong))
      yield* log.append([queryScored("wrong", 1)])
      const exit = yield* Effect.exit(Deferred.await(fatal))
      assert.isTrue(Exit.isFailure(exit) && String(Cause.squash(exit.cause)) === "Error: a mistake")
      assert.isTrue(Exit.hasDies(yield* Effect.exit(run(runManager(wrong)))))
    }).pipe(Effect.scoped)
  )
})

import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import { scriptedEngine } from "../../../actors/trainer/testing/scriptedEngine.ts"
import { trainer } from "../../../actors/trainer/trainer.ts"
import { TrainingEngine, TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import type { AnyEvent } from "../../../events/envelope.ts"
import { host, stored } from "../../actor-host/testing/hosting.ts"
import { Broker } from "../../event-log/broker.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { eventStream } from "../../event-log/streams.ts"
import { eventually, runScript, temporaryFolder } from "../../event-log/testing/servers.ts"
import { verifyLog } from "../../event-log/verifyLog.ts"
import type { TrainingPlan } from "./planTraining.ts"
import { logIn, planIn, train } from "./testing/scripted.ts"

const weightsOf = ({ request }: TrainingPlan) => readFileSync(`${outputFolder(request).policy}/weights.txt`, "utf8")

const all = stored(() => true)

/** What the training did, without what differs from one time to another. */
const told = (events: ReadonlyArray<AnyEvent>) =>
  events
    .filter(({ type }) => type !== "MessageParked")
    .map(({ id, type, data }) => ({ id, type, step: "report" in data ? data.report.step : undefined }))

const steps = (events: ReadonlyArray<AnyEvent>) =>
  events.flatMap(({ data }) => ("report" in data ? [data.report.step] : []))

const numbersTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

/** Runs an effect over the log of a folder. */
const over = <A, E>(folder: string, effect: Effect.Effect<A, E, EventLog | Broker>) =>
  Effect.provide(effect, Layer.provideMerge(logIn(folder), Logger.layer([])))

describe("a training", () => {
  it.live("is told from its request to the published policy, and leaves its report", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const plan = planIn(folder)
      const { end, row, events } = yield* over(
        folder,
        Effect.gen(function* () {
          return { ...(yield* train(plan, { steps: 5 })), events: yield* all }
        })
      )
      const step = "TrainingStepCompleted"
      assert.deepStrictEqual(
        events.map(({ type }) => type),
        [
          ...["TrainingRequested", "TrainingStarted", step, step, "CheckpointSaved", step, step, "CheckpointSaved"],
          ...[step, "TrainingCompleted", "PolicyPublished"]
        ]
      )
      assert.strictEqual(new Set(events.map(({ runid, correlationid }) => `${runid} ${correlationid}`)).size, 1)
      assert.deepStrictEqual([end.kind, row.steps.map((report) => report.step)], ["completed", numbersTo(5)])
      const { report, request } = outputFolder(plan.request)
      assert.include(readFileSync(report, "utf8"), "<dd>completed</dd>")
      assert.deepStrictEqual(JSON.parse(readFileSync(request, "utf8")), plan.request)
    })
  )

  it.live("that is completed is not done again, and leaves no consumers", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* over(
        folder,
        Effect.gen(function* () {
          const log = yield* EventLog
          const { manager } = yield* Broker
          const first = yield* train(planIn(folder), { steps: 3 })
          const head = yield* log.head
          const second = yield* train(planIn(folder), { steps: 3 })
          assert.deepStrictEqual([first.wasCompleted, second.wasCompleted], [false, true])
          assert.deepStrictEqual([second.end, yield* log.head], [first.end, head])
          const consumers = yield* Effect.promise(() => manager.consumers.list(eventStream).next())
          assert.deepStrictEqual(consumers, [])
        })
      )
    })
  )

  it.live("whose messages all come again is told by the same events", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* over(
        folder,
        Effect.gen(function* () {
          const log = yield* EventLog
          const plan = planIn(folder)
          yield* train(plan, { steps: 5 })
          const [before, weights] = [yield* all, weightsOf(plan)]
          let handled = 0
          const engine = scriptedEngine({ steps: 5 })
          const counted = TrainingEngine.of({
            train: (leg) =>
              Effect.ensuring(
                engine.train(leg),
                Effect.sync(() => void handled++)
              )
          })
          const again = {
            ...trainer,
            handle: (event: Parameters<typeof trainer.handle>[0]) =>
              Effect.provideService(trainer.handle(event), TrainingEngine, counted)
          }
          yield* host(again, {}, "all")
          yield* eventually("all three legs again", () => handled === 3)
          yield* Effect.sleep("100 millis")
          assert.deepStrictEqual([yield* all, weightsOf(plan)], [before, weights])
          assert.strictEqual(yield* log.head, before.length)
        }).pipe(Effect.scoped)
      )
    })
  )

  it.live("that failed for good is tried again from its last checkpoint", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const plan = planIn(folder)
      const detail = "no space is left on the disk; make room"
      const failAt = (step: number) => (step === 4 ? new TrainingError({ detail, retryable: false }) : undefined)
      yield* over(
        folder,
        Effect.gen(function* () {
          const failed = yield* train(plan, { steps: 5, failAt })
          assert.deepInclude(failed.end, { kind: "failed", reason: detail })
          const failedAgain = yield* train(plan, { steps: 5, failAt })
          assert.deepInclude(failedAgain.end, { kind: "failed", reason: detail })
          const { end } = yield* train(plan, { steps: 5 })
          assert.strictEqual(end.kind, "completed")
          assert.deepStrictEqual(steps(yield* all), numbersTo(5))
          assert.deepStrictEqual((yield* verifyLog).problems, [])
        })
      )
      const undisturbed = planIn(folder, "other")
      yield* over(yield* temporaryFolder, train(undisturbed, { steps: 5 }))
      assert.strictEqual(weightsOf(plan), weightsOf(undisturbed))
    })
  )

  it.live("whose engine may do better later is parked after some tries, and taken up by the same command", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const busy = new TrainingError({ detail: "the device is busy", retryable: true })
      yield* over(
        folder,
        Effect.gen(function* () {
          const failed = yield* train(planIn(folder), { steps: 3, failAt: () => busy })
          assert.deepInclude(failed.end, { kind: "failed", reason: "TrainingError: the device is busy" })
          const { end } = yield* train(planIn(folder), { steps: 3 })
          assert.strictEqual(end.kind, "completed")
        })
      )
    })
  )

  it.live("does not take up what another command left unfinished", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [left, own] = [planIn(folder, "left"), planIn(folder)]
      const other = { ...left, request: { ...left.request, trainingId: "sft-ba9876543210" } }
      const fail = () => new TrainingError({ detail: "no", retryable: false })
      yield* over(
        folder,
        Effect.gen(function* () {
          yield* train(other, { steps: 3, failAt: fail })
          const { end } = yield* train(own, { steps: 3 })
          assert.strictEqual(end.kind, "completed")
          assert.isFalse(existsSync(outputFolder(other.request).policy))
        })
      )
    })
  )

  it.live("that is killed over and over ends with the events and the weights of one that was not", () =>
    Effect.gen(function* () {
      const [folder, calm] = [yield* temporaryFolder, yield* temporaryFolder]
      const plan = planIn(folder)
      const undisturbed = yield* over(calm, Effect.andThen(train(planIn(calm), { steps: 12 }), all))
      for (const checkpoint of [2, 6]) {
        const killed = yield* runScript("../../system/training/testing/trainSlowly.ts", [folder, "60", "12"])
        const reached = `${outputFolder(plan.request).checkpoints}/step-0000000${checkpoint}`
        yield* eventually(`checkpoint ${checkpoint}`, () => existsSync(reached))
        yield* killed.kill
      }
      const { events, end, report } = yield* over(
        folder,
        Effect.gen(function* () {
          const { end } = yield* train(plan, { steps: 12 })
          return { events: yield* all, end, report: yield* verifyLog }
        })
      )
      assert.strictEqual(end.kind, "completed")
      assert.deepStrictEqual(steps(events), numbersTo(12))
      assert.deepStrictEqual(told(events), told(undisturbed))
      assert.strictEqual(weightsOf(plan), weightsOf(planIn(calm)))
      assert.deepStrictEqual([report.problems, report.duplicates], [[], 0])
    })
  )
})

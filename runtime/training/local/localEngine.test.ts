import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, type Scope } from "effect"
import { trainingRequest } from "../../../actors/trainer/testing/request.ts"
import type { Checkpoint, StepReport } from "../../../actors/trainer/trainingEngine.ts"
import { TrainingProgress } from "../../../actors/trainer/trainingProgress.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { temporaryFolder } from "../../event-log/testing/servers.ts"
import { digestFile } from "../../files/folderDigest.ts"
import { modelDigest } from "../../models/qwen2/modelFolder.ts"
import { localEngine } from "./localEngine.ts"
import { demonstrations, writeSmallPolicy } from "./testing/smallTask.ts"

/** A training of three legs: 4 + 4 + 2 steps. */
const prepared = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const base = join(folder, "base")
  yield* Effect.promise(() => writeSmallPolicy(base))
  const file = join(folder, "sft.jsonl")
  const rows = demonstrations.map(({ id, loss, system, text, user }) => ({
    id,
    system,
    user,
    text,
    loss: loss.map(({ end, start }) => [start, end])
  }))
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
  const { sha256 } = yield* Effect.promise(() => digestFile(file))
  const digest = yield* Effect.promise(() => modelDigest(base))
  const request = (output: string): TrainingRequest => {
    const plain = trainingRequest(join(folder, output))
    return {
      ...plain,
      trainingId: output,
      base: { folder: base, sha256: digest },
      dataset: { ...plain.dataset, file, sha256 },
      settings: { ...plain.settings, batchSize: 8, gradientAccumulation: 1, maxSteps: 10, checkpointEvery: 4 }
    }
  }
  return { request, file }
})

type Train = Effect.Success<typeof localEngine>

/** Trains leg by leg to the end on an engine; tells the policy's digest and where each leg ended. */
const trainOn = Effect.fnUntraced(function* (train: Train, request: TrainingRequest, first?: Checkpoint) {
  let from = first
  const checkpoints: Array<Checkpoint> = []
  while (true) {
    const { end } = yield* train({ request, from })
    if (end.kind === "completed") return { sha256: end.policy.sha256, checkpoints }
    from = end.checkpoint
    checkpoints.push(from)
  }
})

/** The same on an engine of its own. */
const trainAll = (request: TrainingRequest, first?: Checkpoint) =>
  Effect.flatMap(localEngine, (train) => trainOn(train, request, first))

type Needs = NodeServices.NodeServices | Scope.Scope

const live = <E>(name: string, test: Effect.Effect<void, E, Needs>) =>
  it.live(name, () => test.pipe(Effect.scoped, Effect.provide(NodeServices.layer)), 60_000)

describe("the engine of this process", () => {
  live(
    "trains leg by leg, and again from any checkpoint, to the same policy",
    Effect.gen(function* () {
      const { request } = yield* prepared
      const whole = yield* trainAll(request("whole"))
      assert.deepStrictEqual(
        whole.checkpoints.map(({ step }) => step),
        [4, 8]
      )
      // Another engine, as after a kill: its thread knows nothing of the steps before.
      const again = yield* Effect.scoped(trainAll(request("whole"), whole.checkpoints[0]))
      assert.strictEqual(again.sha256, whole.sha256)
      assert.strictEqual((yield* trainAll(request("other"))).sha256, whole.sha256)
    })
  )

  live(
    "trains one policy after the other as if each were the first",
    Effect.gen(function* () {
      const { request } = yield* prepared
      const others = (output: string): TrainingRequest => {
        const plain = request(output)
        return { ...plain, settings: { ...plain.settings, learningRate: 2e-3, seed: 3, maxSteps: 6 } }
      }
      const alone = [yield* trainAll(request("alone")), yield* trainAll(others("others alone"))]
      const train = yield* localEngine
      const afterEachOther = [
        yield* trainOn(train, request("first")),
        yield* trainOn(train, others("second")),
        yield* trainOn(train, request("third"))
      ]
      const [one, other] = alone.map(({ sha256 }) => sha256)
      assert.notStrictEqual(one, other)
      assert.deepStrictEqual(
        afterEachOther.map(({ sha256 }) => sha256),
        [one, other, one]
      )
    })
  )

  live(
    "goes on with a training after another one came between its legs",
    Effect.gen(function* () {
      const { request } = yield* prepared
      const train = yield* localEngine
      const { end } = yield* train({ request: request("divided"), from: undefined })
      assert(end.kind === "checkpoint")
      const whole = yield* trainOn(train, request("whole"))
      assert.strictEqual((yield* trainOn(train, request("divided"), end.checkpoint)).sha256, whole.sha256)
    })
  )

  live(
    "reports every step as soon as it is made",
    Effect.gen(function* () {
      const { request } = yield* prepared
      const seen: Array<StepReport> = []
      const watch = (trainingId: string, report: StepReport) =>
        Effect.sync(() => {
          assert.strictEqual(trainingId, "watched")
          seen.push(report)
        })
      yield* Effect.provideService(trainAll(request("watched")), TrainingProgress, watch)
      assert.deepStrictEqual(
        seen.map(({ of, step }) => [step, of]),
        Array.from({ length: 10 }, (_, index) => [index + 1, 10])
      )
    })
  )

  live(
    "ends its thread when it is interrupted, and starts the leg anew when it is told again",
    Effect.gen(function* () {
      const { request } = yield* prepared
      const train = yield* localEngine
      const stepped = yield* Deferred.make<void>()
      const watch = () => Effect.asVoid(Deferred.succeed(stepped, undefined))
      const leg = { request: request("interrupted"), from: undefined }
      const fiber = yield* Effect.forkChild(Effect.provideService(train(leg), TrainingProgress, watch))
      yield* Deferred.await(stepped)
      yield* Fiber.interrupt(fiber)
      const { end, steps } = yield* train(leg)
      assert.strictEqual(end.kind, "checkpoint")
      assert.deepStrictEqual(
        steps.map(({ step }) => step),
        [1, 2, 3, 4]
      )
    })
  )

  live(
    "refuses for good what it can't train, in one line",
    Effect.gen(function* () {
      const { file, request } = yield* prepared
      const train = yield* localEngine
      const refused = (changes: Partial<TrainingRequest>, from?: Checkpoint) =>
        Effect.flip(
          train({ request: { ...request("refused"), trainingId: JSON.stringify(changes), ...changes }, from })
        )
      const noModel = yield* refused({ base: { folder: "/nowhere", sha256: "" } })
      assert.include(noModel.message, "/nowhere/config.json")
      assert.isFalse(noModel.retryable)
      const checkpoint = { step: 4, folder: "/gone", sha256: "", bytes: 0 }
      assert.include((yield* refused({}, checkpoint)).message, "the checkpoint /gone is gone")
      rmSync(file)
      assert.include((yield* refused({ name: "no examples" })).message, file)
    })
  )
})

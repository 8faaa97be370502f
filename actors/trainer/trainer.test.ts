import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent, EventOf, NewEvent } from "../../events/envelope.ts"
import { temporaryFolder } from "../../runtime/event-log/testing/servers.ts"
import { trainingRequest } from "./testing/request.ts"
import { type Script, scriptedEngine } from "./testing/scriptedEngine.ts"
import { trainer } from "./trainer.ts"
import { TrainingEngine, TrainingError } from "./trainingEngine.ts"
import { TrainingProgress } from "./trainingProgress.ts"

type Cause = EventOf<"TrainingRequested" | "CheckpointSaved">

const eventOf = (event: Extract<NewEvent, { readonly type: Cause["type"] }>): Cause => {
  const context = { runid: "r", correlationid: "t", causationid: "c", ordinal: 0, time: "2026-01-05T09:00:00.000Z" }
  return makeEvent(event, { source: "/actors/test/1", ...context })
}

const handle = (event: Cause, script: Script) =>
  Effect.provideService(trainer.handle(event), TrainingEngine, scriptedEngine(script))

const requested = (output: string) =>
  eventOf({ type: "TrainingRequested", subject: "t", data: trainingRequest(output) })

const causedBy = (events: ReadonlyArray<NewEvent>): Cause | undefined => {
  const saved = events.find((event) => event.type === "CheckpointSaved")
  return saved === undefined ? undefined : eventOf(saved)
}

/** Everything that a request leads to, leg by leg. */
const legsOf = Effect.fnUntraced(function* (output: string, script: Script) {
  const legs: Array<ReadonlyArray<NewEvent>> = []
  for (let next: Cause | undefined = requested(output); next !== undefined; next = causedBy(legs.at(-1) ?? [])) {
    legs.push(yield* handle(next, script))
  }
  return legs
})

const typesOf = (events: ReadonlyArray<Pick<AnyEvent, "type">>) => events.map(({ type }) => type)
const step = "TrainingStepCompleted"

describe("the trainer", () => {
  it.effect("goes from checkpoint to checkpoint, and publishes the policy at the end", () =>
    Effect.gen(function* () {
      const legs = yield* legsOf(yield* temporaryFolder, { steps: 5 })
      assert.deepStrictEqual(legs.map(typesOf), [
        ["TrainingStarted", step, step, "CheckpointSaved"],
        [step, step, "CheckpointSaved"],
        [step, "TrainingCompleted", "PolicyPublished"]
      ])
      const steps = legs.flat().flatMap(({ data }) => ("report" in data ? [data.report.step] : []))
      assert.deepStrictEqual(steps, [1, 2, 3, 4, 5])
    })
  )

  it.effect("makes no checkpoint of a training that ends with its first leg", () =>
    Effect.gen(function* () {
      const legs = yield* legsOf(yield* temporaryFolder, { steps: 2 })
      assert.deepStrictEqual(legs.map(typesOf), [
        ["TrainingStarted", step, step, "TrainingCompleted", "PolicyPublished"]
      ])
    })
  )

  it.effect("says what was trained from what, and carries the whole request from leg to leg", () =>
    Effect.gen(function* () {
      const output = yield* temporaryFolder
      const events = (yield* legsOf(output, { steps: 3 })).flat()
      const request = trainingRequest(output)
      const saved = events.find((event) => event.type === "CheckpointSaved")
      const published = events.find((event) => event.type === "PolicyPublished")
      const completed = events.find((event) => event.type === "TrainingCompleted")
      assert.deepStrictEqual(saved?.data.request, request)
      assert.deepStrictEqual(
        [published?.subject, published?.data.trainedFrom, published?.data.policy],
        ["imitation", request.base, completed?.data.policy]
      )
    })
  )

  it.effect("trains a leg that comes again to the same weights and the same events", () =>
    Effect.gen(function* () {
      const output = yield* temporaryFolder
      const first = yield* handle(requested(output), { steps: 3 })
      const saved = causedBy(first)
      assert(saved?.type === "CheckpointSaved")
      const second = yield* handle(saved, { steps: 3 })
      const weights = readFileSync(join(output, "policy", "weights.txt"), "utf8")
      assert.deepStrictEqual(yield* handle(saved, { steps: 3 }), second)
      assert.deepStrictEqual(yield* handle(requested(output), { steps: 3 }), first)
      assert.strictEqual(readFileSync(join(output, "policy", "weights.txt"), "utf8"), weights)
    })
  )

  it.effect("tells why a training can't go on, and from where", () =>
    Effect.gen(function* () {
      const output = yield* temporaryFolder
      const saved = causedBy(yield* handle(requested(output), { steps: 3 }))
      assert(saved?.type === "CheckpointSaved")
      const { folder } = saved.data.checkpoint
      rmSync(folder, { recursive: true })
      const reason = `${folder}: the checkpoint is gone; put it back`
      assert.deepStrictEqual(yield* handle(saved, { steps: 3 }), [
        {
          type: "TrainingFailed",
          subject: "sft-0123456789ab",
          data: { trainingId: "sft-0123456789ab", reason, step: 2 }
        }
      ])
    })
  )

  it.effect("leaves what may pass by itself to the host", () =>
    Effect.gen(function* () {
      const failure = new TrainingError({ detail: "the device is busy", retryable: true })
      const script = { steps: 3, failAt: () => failure }
      assert.strictEqual(yield* Effect.flip(handle(requested(yield* temporaryFolder), script)), failure)
    })
  )

  it.effect("lets whoever watches see every step while a leg runs", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const watch = (id: string, { step }: { readonly step: number }) =>
        Effect.sync(() => void seen.push(`${id}:${step}`))
      const script = { steps: 3, failAt: () => new TrainingError({ detail: "no", retryable: false }) }
      yield* Effect.provideService(handle(requested(yield* temporaryFolder), script), TrainingProgress, watch)
      assert.deepStrictEqual(seen, ["sft-0123456789ab:1"])
    })
  )
})

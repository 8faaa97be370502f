import { assert, describe, it } from "@effect/vitest"
import { trainingRequest } from "../../actors/trainer/testing/request.ts"
import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent, NewEvent } from "../../events/envelope.ts"
import type { StepReport, TrainingRow } from "./training.ts"
import { training } from "./training.ts"

const trainingId = "sft-0123456789ab"
const request = trainingRequest("/srv/out/imitation")
const checkpoint = (step: number) => ({ step, folder: `/srv/step-${step}`, sha256: "ab", bytes: 8 })
const report = (step: number, loss = 1): StepReport => ({
  step,
  of: 4,
  epoch: 1,
  loss,
  learningRate: 0.001,
  gradientNorm: 1,
  tokens: 10,
  tokensPerSecond: 5
})
const policy = { folder: "/srv/policy", sha256: "cd" }

let count = 0
const event = (emitted: NewEvent, causationid = `cause ${count++}`): AnyEvent =>
  makeEvent(emitted, {
    source: "/actors/trainer/1",
    runid: trainingId,
    causationid,
    correlationid: trainingId,
    ordinal: 0,
    time: "2026-01-05T09:00:00.000Z"
  })

const subject = trainingId
const requested = (cause?: string) => event({ type: "TrainingRequested", subject, data: request }, cause)
const stepped = (step: number, loss?: number) =>
  event({ type: "TrainingStepCompleted", subject, data: { trainingId, report: report(step, loss) } })
const saved = (step: number, cause?: string) =>
  event({ type: "CheckpointSaved", subject, data: { trainingId, request, checkpoint: checkpoint(step) } }, cause)
const failed = (reason: string, step?: number) =>
  event({ type: "TrainingFailed", subject, data: { trainingId, reason, ...(step === undefined ? {} : { step }) } })
const completed = () => event({ type: "TrainingCompleted", subject, data: { trainingId, steps: 4, policy } })
const parked = (actor: string) =>
  event({
    type: "MessageParked",
    subject,
    data: { actor, actorVersion: "1", eventType: "CheckpointSaved", sequence: 1, attempts: 5, error: "device busy" }
  })

const fold = (...events: ReadonlyArray<AnyEvent>): TrainingRow => {
  const state = events.reduce((folded, event, i) => training.evolve(folded, event, i + 1), training.init())
  const [row] = training.rows(state, {})
  assert(row !== undefined)
  return row
}

describe("the fold of trainings", () => {
  it("gathers steps and checkpoints in order, the first telling of each", () => {
    const row = fold(requested(), stepped(1), stepped(2, 0.5), saved(2), stepped(2, 9), stepped(1, 9), saved(2))
    assert.deepStrictEqual(
      row.steps.map(({ step, loss }) => [step, loss]),
      [
        [1, 1],
        [2, 0.5]
      ]
    )
    assert.deepStrictEqual(row.checkpoints, [checkpoint(2)])
    assert.deepStrictEqual([row.request, row.end], [request, undefined])
  })

  it("knows a training by a checkpoint alone", () => assert.deepStrictEqual(fold(saved(2)).request, request))

  it("ends with the policy", () =>
    assert.deepStrictEqual(fold(requested(), completed(), failed("too late", 4)).end, {
      kind: "completed",
      result: { steps: 4, policy }
    }))

  it("ends with a failure, or with the trainer's message among the dead letters", () => {
    const [failure, letter] = [failed("out of memory"), parked("trainer")]
    assert.deepStrictEqual(fold(requested(), failure).end, {
      kind: "failed",
      reason: "out of memory",
      eventId: failure.id
    })
    assert.deepStrictEqual(fold(requested(), letter).end, { kind: "failed", reason: "device busy", eventId: letter.id })
  })

  it("does not take another actor's dead letter for its own", () => {
    assert.isUndefined(fold(requested(), parked("somebody-else")).end)
  })

  it("goes on when it is requested again because of the failure, or when a new checkpoint comes", () => {
    const failure = failed("out of memory", 2)
    assert.isUndefined(fold(requested(), saved(2), failure, saved(2, failure.id)).end)
    assert.isUndefined(fold(requested(), saved(2), parked("trainer"), saved(4)).end)
    const early = failed("no file")
    assert.isUndefined(fold(requested(), early, requested(early.id)).end)
  })

  it("does not go on because something old comes again", () => {
    const events = [requested("c"), saved(2, "d")]
    assert.strictEqual(fold(...events, failed("out of memory", 2), ...events).end?.kind, "failed")
  })

  it("fails anew after it went on", () => {
    const failure = failed("once", 2)
    const end = fold(requested(), saved(2), failure, saved(2, failure.id), failed("twice", 2)).end
    assert.deepInclude(end, { kind: "failed", reason: "twice" })
  })

  it("passes over the failure of a leg that another delivery trained long ago", () =>
    assert.isUndefined(fold(requested(), saved(2), saved(4), failed("the checkpoint is gone", 2)).end))

  it("changes nothing when every event comes twice", () => {
    const failure = failed("once", 2)
    const events = [requested(), stepped(1), saved(2), failure, saved(2, failure.id), stepped(3)]
    assert.deepStrictEqual(fold(...events, ...events), fold(...events))
    const all = [...events, completed()]
    assert.deepStrictEqual(fold(...all, ...all), fold(...all))
  })
})

import { assert, describe, it } from "@effect/vitest"
import { emptyTraining, rowOf, type StepReport } from "../../../projections/training/training.ts"
import { outcomeLine, outcomeTable } from "./outcome.ts"
import { trainingOverride } from "./overrides.ts"
import { makePace, trainingStanding } from "./progress.ts"

const step = (at: number): StepReport => ({
  step: at,
  of: 100,
  epoch: 1,
  loss: 2 / at,
  learningRate: 7e-6,
  gradientNorm: 1,
  tokens: 600,
  tokensPerSecond: 1234.5,
  tokenAccuracy: at / 100
})

const rowAt = (...steps: ReadonlyArray<number>) =>
  rowOf({ ...emptyTraining("sft-1", "sft-1"), steps: new Map(steps.map((at) => [at, step(at)])) })

describe("the progress of a training", () => {
  it("tells step, loss, learning rate, speed, and what is left once the pace is known", () => {
    let now = 0
    const pace = makePace(() => now)
    assert.deepStrictEqual(trainingStanding(undefined, pace), { done: 0, total: 0, detail: "starting" })
    assert.deepStrictEqual(trainingStanding(rowAt(1), pace), {
      done: 1,
      total: 100,
      detail: "loss 2 · lr 7.00e-6 · 1,235 tokens/s"
    })
    now = 60_000
    assert.deepStrictEqual(trainingStanding(rowAt(1, 11), pace), {
      done: 11,
      total: 100,
      detail: "loss 0.1818 · lr 7.00e-6 · 1,235 tokens/s · 8 min 54 s left"
    })
  })

  it("does not count the time since the last step as progress", () => {
    let now = 0
    const pace = makePace(() => now)
    pace.left(1, 100)
    now = 1000
    const left = pace.left(2, 100)
    now = 9000
    assert.deepStrictEqual([left, pace.left(2, 100)], [98_000, 98_000])
  })
})

it("the outcome of a training compares its first step with its last", () => {
  const row = rowAt(1, 100)
  assert.deepStrictEqual(
    outcomeTable(row)
      .split("\n")
      .map((line) => line.trim().split(/ {2,}/)),
    [
      ["step 1", "step 100"],
      ["──────────────", "───────", "────────"],
      ["Loss", "2", "0.02"],
      ["Token accuracy", "1.0 %", "100.0 %"],
      ["Gradient norm", "1", "1"],
      ["Learning rate", "7.00e-6", "7.00e-6"],
      ["Throughput", "1235", "1235"]
    ]
  )
  assert.strictEqual(outcomeLine(row, 1.23), "Training sft-1: 2 steps, 1,200 tokens; 1.2 s now.")
})

it.each([
  ["epochs=1", "training.dpo.epochs=1"],
  ["lora.rank=4", "training.dpo.lora.rank=4"],
  ["training.dpo.beta=0.2", "training.dpo.beta=0.2"],
  ["actors.trainer.patience=1 hour", "actors.trainer.patience=1 hour"],
  ["nonsense", "training.dpo.nonsense"]
])("--set %s means %s", (change, meant) => assert.strictEqual(trainingOverride("dpo", change), meant))

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { emptyTraining, rowOf } from "../../../projections/training/training.ts"
import { watchTraining } from "../../system/training/watchTraining.ts"
import { agreementLine } from "./perform.ts"
import { stepStanding } from "./progress.ts"

const at = () => 0
const run = { expected: 14, completed: 9, assessed: 7, branches: 2, queries: 31, failed: 0, parked: 0 }

describe("the progress of a curriculum's step", () => {
  it("counts the trajectories of a run that are settled, in whatever way", () => {
    const standing = (progress: typeof run | undefined) => stepStanding({ kind: "run", progress: () => progress }, at)()
    assert.deepStrictEqual(standing(undefined), { done: 0, total: 0, detail: "starting" })
    assert.deepStrictEqual(standing(run), { done: 7, total: 14, detail: "31 queries · 2 branches" })
    assert.deepStrictEqual(standing({ ...run, failed: 1, parked: 2 }), {
      done: 10,
      total: 14,
      detail: "31 queries · 2 branches · 1 failed · 2 parked"
    })
  })

  it("is asked for anew each time", () => {
    let assessed = 3
    const standing = stepStanding({ kind: "run", progress: () => ({ ...run, assessed }) }, at)
    const before = standing().done
    assessed = 4
    assert.deepStrictEqual([before, standing().done], [3, 4])
  })

  it("of a dataset is one fold of the log", () => {
    assert.deepStrictEqual(stepStanding({ kind: "dataset" }, at)(), { done: 0, total: 1, detail: "folding the log" })
  })

  it.effect("of a training counts its steps", () =>
    Effect.gen(function* () {
      const training = yield* watchTraining("sft-1")
      const standing = stepStanding({ kind: "training", training }, at)
      assert.deepStrictEqual(standing(), { done: 0, total: 0, detail: "starting" })
      const step = { step: 3, of: 40, epoch: 1, loss: 2, learningRate: 1e-4, gradientNorm: 1, tokens: 9 }
      const steps = new Map([[3, { ...step, tokensPerSecond: 1234.5 }]])
      const row = rowOf({ ...emptyTraining("sft-1", "demo"), steps })
      const trained = stepStanding({ kind: "training", training: { ...training, row: () => row } }, at)
      assert.deepStrictEqual(trained(), { done: 3, total: 40, detail: "loss 2 · lr 1.00e-4 · 1,235 tokens/s" })
    })
  )
})

it("the agreement of a student with its teacher is told in one line, whatever was compared", () => {
  const confusion = { bothHigh: 3, bothLow: 2, onlyTeacherHigh: 1, onlyStudentHigh: 0 }
  const some = { ...confusion, unparsed: 0, missing: 0, unjudged: 0 }
  const none = { bothHigh: 0, bothLow: 0, onlyTeacherHigh: 0, onlyStudentHigh: 0, unparsed: 0, missing: 0, unjudged: 0 }
  assert.strictEqual(
    agreementLine({ confusion: some, compared: 6, rate: 5 / 6, kappa: 2 / 3, disagreements: [] }),
    "The student agrees with its teacher on 83.3 % of 6 held-out queries (kappa 0.67)"
  )
  assert.strictEqual(
    agreementLine({ confusion: none, compared: 0, rate: undefined, kappa: undefined, disagreements: [] }),
    "The student agrees with its teacher on 0.0 % of 0 held-out queries (kappa 0.00)"
  )
})

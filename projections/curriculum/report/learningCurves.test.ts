import { assert, describe, it } from "@effect/vitest"
import { learningCurves } from "./learningCurves.ts"
import type { LearningRound } from "./rounds.ts"
import { curriculumEvents } from "./testing/curriculumLog.ts"
import { reportOf } from "./testing/reportOf.ts"

const grpo = (rounds: ReadonlyArray<LearningRound>) => {
  const curves = learningCurves(rounds).find(({ stage }) => stage === "grpo")
  if (curves === undefined) throw new Error("expected curves of grpo")
  return curves
}

describe("the curves of a stage with several rounds", () => {
  it("go on where those of the round before ended, over the steps of all rounds", () => {
    const { curves } = grpo(reportOf(curriculumEvents({ rounds: 3 })).rounds)
    assert.deepStrictEqual(
      curves.map(({ id, points, steps }) => [id, steps, points.map(({ step }) => step)]),
      ["grpo-reward", "grpo-kl"].map((id) => [id, 90, Array.from({ length: 90 }, (_, i) => i + 1)])
    )
  })

  it("leave room for the steps that a training has still to make", () => {
    const { rounds } = reportOf(curriculumEvents({ rounds: 2 }))
    const cut = rounds.map(
      (round): LearningRound =>
        round.stage === "grpo" && round.round === 2 && round.training !== undefined
          ? { ...round, training: { ...round.training, steps: round.training.steps.slice(0, 10) } }
          : round
    )
    const [reward] = grpo(cut).curves
    assert.deepStrictEqual([reward?.steps, reward?.points.length, reward?.points.at(-1)?.step], [60, 40, 40])
  })

  it("come with what the rollouts of each round were worth", () => {
    const { rollouts } = grpo(reportOf(curriculumEvents({ rounds: 3 })).rounds)
    assert.deepStrictEqual(rollouts?.categories, ["1", "2", "3"])
    assert.deepStrictEqual(
      rollouts?.series[0]?.values.map((value) => value?.toFixed(3)),
      ["0.714", "0.857", "1.000"]
    )
  })
})

import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { publicConfig } from "../../../config/hash.ts"
import { loadSettings } from "../../../config/load.ts"
import { stepsOf } from "../../../projections/curriculum/report/testing/curriculumLog.ts"
import { plannedCurriculum } from "./plannedCurriculum.ts"

const planned = Effect.fnUntraced(function* (...set: ReadonlyArray<string>) {
  const settings = yield* loadSettings({ config: "atlas", set, workingFolder: process.cwd() })
  return plannedCurriculum({ config: publicConfig(settings), steps: stepsOf() })
})

layer(NodeServices.layer)("what a curriculum was asked for with", (it) => {
  it.effect("is read from the configuration in its first event", () =>
    Effect.gen(function* () {
      const plan = yield* planned("run.seed=5", "curriculum.grpo.rounds=3", "curriculum.sft.questions=12")
      assert.strictEqual(plan?.seed, 5)
      assert.deepStrictEqual(
        plan?.stages.map(({ stage, rounds }) => [stage, rounds]),
        [
          ["sft", 1],
          ["dpo", 1],
          ["grpo", 3]
        ]
      )
      assert.strictEqual(plan?.stages[0]?.questions, 12)
    })
  )

  it.effect("tells what was left out, and what that makes of the pairs", () =>
    Effect.gen(function* () {
      const whole = yield* planned()
      const less = yield* planned("curriculum.dpo.refinement=false", "curriculum.sft.processReward=false")
      assert.deepStrictEqual(
        [whole, less].map((plan) => [
          plan?.stages[0]?.processReward,
          plan?.stages[0]?.refinement,
          plan?.stages[1]?.refinement,
          plan?.stages[1]?.pairing
        ]),
        [
          [true, undefined, true, "paper"],
          [false, undefined, false, "samples"]
        ]
      )
    })
  )

  it.effect("is not known of a configuration that another release wrote", () =>
    Effect.sync(() => assert.isUndefined(plannedCurriculum({ config: { run: 7 }, steps: [] })))
  )
})

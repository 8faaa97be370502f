import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { type CurriculumFlags, curriculumChanges } from "./flags.ts"

const given = (flags: Partial<CurriculumFlags>) =>
  curriculumChanges({ seed: Option.none(), stages: Option.none(), without: [], judge: Option.none(), ...flags })

const changes = (flags: Partial<CurriculumFlags>) => Effect.map(given(flags), ({ all }) => all)
const refused = (flags: Partial<CurriculumFlags>) => Effect.map(Effect.flip(given(flags)), ({ message }) => message)

describe("the flags of a curriculum", () => {
  it.effect("change nothing when none is given", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* given({}), { all: [], lasting: [] })
    })
  )

  it.effect.each<[part: string, meant: ReadonlyArray<string>]>([
    ["process-reward", ["sft.processReward=false", "dpo.processReward=false", "grpo.processReward=false"]],
    ["refinement", ["dpo.refinement=false", "grpo.refinement=false"]],
    ["sft.process-reward", ["sft.processReward=false"]],
    ["grpo.refinement", ["grpo.refinement=false"]]
  ])("--without %s leaves that part out wherever it is meant", ([part, meant]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* changes({ without: [part] }),
        meant.map((key) => `curriculum.${key}`)
      )
    })
  )

  it.effect("leave several parts out, one after the other", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* changes({ without: ["dpo.refinement", "sft.process-reward"] }), [
        "curriculum.dpo.refinement=false",
        "curriculum.sft.processReward=false"
      ])
    })
  )

  it.effect.each<[part: string, message: string]>([
    [
      "refinment",
      '--without refinment: there is no part "refinment" (did you mean "refinement"?); there are process-reward, refinement'
    ],
    ["dpo.judge", '--without dpo.judge: there is no part "judge"; there are process-reward, refinement'],
    ["sft.refinement", '--without sft.refinement: the stage "sft" has no refinement; dpo and grpo have'],
    [
      "rl.process-reward",
      '--without rl.process-reward: the stage "rl" has no process-reward; sft and dpo and grpo have'
    ],
    [
      "sft.process-reward.more",
      '--without sft.process-reward.more: there is no part "process-reward.more" (did you mean "process-reward"?); there are process-reward, refinement'
    ],
    ["", '--without : there is no part ""; there are process-reward, refinement'],
    ["constructor", '--without constructor: there is no part "constructor"; there are process-reward, refinement']
  ])("--without %s is refused in one line", ([part, message]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* refused({ without: ["sft.process-reward", part] }), message)
    })
  )

  it.effect("--stages leaves only those that are named", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* changes({ stages: Option.some("sft") }), ["curriculum.stages=[sft]"])
      assert.deepStrictEqual(yield* changes({ stages: Option.some(" dpo, grpo") }), ["curriculum.stages=[dpo, grpo]"])
    })
  )

  it.effect.each<[stages: string, message: string]>([
    ["sft,grop", '--stages sft,grop: there is no stage "grop" (did you mean "grpo"?); there are sft, dpo, grpo'],
    ["base", '--stages base: there is no stage "base"; there are sft, dpo, grpo'],
    ["sft,", '--stages sft,: there is no stage ""; there are sft, dpo, grpo']
  ])("--stages %s is refused in one line", ([stages, message]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* refused({ stages: Option.some(stages) }), message)
    })
  )

  it.effect("tell which of them a later command for another stage must repeat", () =>
    Effect.gen(function* () {
      const flags = {
        seed: Option.some(7),
        judge: Option.some("student" as const),
        stages: Option.some("sft")
      } as const
      const lasting = ["curriculum.judge=student", "run.seed=7"]
      assert.deepStrictEqual(yield* given({ ...flags, without: ["sft.process-reward"] }), {
        all: ["curriculum.sft.processReward=false", ...lasting, "curriculum.stages=[sft]"],
        lasting
      })
    })
  )
})

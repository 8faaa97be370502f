import { Result } from "effect"
import { stageNames } from "../../../config/curriculum.ts"
import { didYouMean } from "../../../config/problems.ts"

/** Parts of the method that can be left out, the setting that does it, and the stages that have it. */
const parts = {
  "process-reward": { key: "processReward", stages: stageNames },
  refinement: { key: "refinement", stages: ["dpo", "grpo"] }
} as const

const isPart = (name: string): name is keyof typeof parts => Object.hasOwn(parts, name)

/**
 * The changes to the configuration that leave parts of the method out: `process-reward` in every stage, `dpo.refinement` in
 * one. Fails in words.
 */
export const withoutOverrides = (names: ReadonlyArray<string>): Result.Result<ReadonlyArray<string>, string> =>
  Result.map(Result.all(names.map(overridesOf)), (overrides) => overrides.flat())

const overridesOf = (name: string): Result.Result<ReadonlyArray<string>, string> => {
  const [first = "", ...rest] = name.split(".")
  const part = rest.length === 0 ? first : rest.join(".")
  if (!isPart(part)) {
    const known = Object.keys(parts)
    return Result.fail(
      `--without ${name}: there is no part "${part}"${didYouMean(part, known)}; there are ${known.join(", ")}`
    )
  }
  const { key, stages } = parts[part]
  const wanted = rest.length === 0 ? stages : stages.filter((stage) => stage === first)
  return wanted.length === 0
    ? Result.fail(`--without ${name}: the stage "${first}" has no ${part}; ${stages.join(" and ")} have`)
    : Result.succeed(wanted.map((stage) => `curriculum.${stage}.${key}=false`))
}

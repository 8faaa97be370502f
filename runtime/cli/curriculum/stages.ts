import { Result } from "effect"
import { stageNames } from "../../../config/curriculum.ts"
import { didYouMean } from "../../../config/problems.ts"

/** The change to the configuration that leaves only the stages that are named: `sft,dpo`. Fails in words. */
export const stagesOverrides = (text: string): Result.Result<ReadonlyArray<string>, string> => {
  const names = text.split(",").map((name) => name.trim())
  const unknown = names.find((name) => !stageNames.some((stage) => stage === name))
  return unknown === undefined
    ? Result.succeed([`curriculum.stages=[${names.join(", ")}]`])
    : Result.fail(
        `--stages ${text}: there is no stage "${unknown}"${didYouMean(unknown, stageNames)}; there are ${stageNames.join(", ")}`
      )
}

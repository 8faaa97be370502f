import { Schema } from "effect"
import { withDefault } from "./keys.ts"
import { NonNegativeInt, PositiveInt } from "./scalars.ts"

/** The datasets that are folded from the log for the three stages of the curriculum, and for the student judge. */

const TextFormat = Schema.Literals(["alpaca", "sharegpt", "messages", "trl", "jsonl"])
const PromptFormat = Schema.Literals(["verl", "jsonl"])

const formatsOf = <S extends Schema.Codec<string, string>>(format: S) => Schema.NonEmptyArray(format)

const written = "File formats it is written in."

export const DatasetSettings = Schema.Struct({
  sft: withDefault(
    Schema.Struct({ formats: withDefault(formatsOf(TextFormat), ["alpaca"], written) }),
    {},
    "Stage 1, imitation: correct trajectories whose queries are all of high quality."
  ),
  dpo: withDefault(
    Schema.Struct({
      formats: withDefault(formatsOf(TextFormat), ["alpaca"], written),
      pairing: withDefault(
        Schema.Literals(["reference", "paper"]),
        "reference",
        "`reference`: pairs whose outcomes differ, as the method's public code makes them; `paper`: the full order, which also compares trajectories of the same outcome by their queries."
      )
    }),
    {},
    "Stage 2, alignment: preferences between a trajectory and the branches of its question."
  ),
  rl: withDefault(
    Schema.Struct({
      formats: withDefault(formatsOf(PromptFormat), ["jsonl", "verl"], written),
      groupSize: withDefault(PositiveInt, 8, "N: rollouts of one question that are compared with each other."),
      maxBranches: withDefault(NonNegativeInt, 4, "T: branches of one initial trajectory in a group at most.")
    }),
    {},
    "Stage 3, generalization: groups of rollouts with their rewards."
  ),
  student: withDefault(
    Schema.Struct({ formats: withDefault(formatsOf(TextFormat), ["alpaca"], written) }),
    {},
    "What a small model learns the judging and refining from."
  )
})

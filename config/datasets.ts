import { Schema } from "effect"
import { withDefault } from "./keys.ts"
import { Flag, NonNegativeInt, PositiveInt } from "./scalars.ts"

/** The datasets that are folded from the log for the three stages of the curriculum, and for a student judge. */

const formats = <const Names extends ReadonlyArray<string>>(
  names: Names,
  standard: readonly [Names[number], ...Array<Names[number]>]
) => withDefault(Schema.NonEmptyArray(Schema.Literals(names)), standard, "File formats it is written in.")

const textFormats = ["alpaca", "sharegpt", "messages", "trl", "jsonl"] as const

const SftDataset = Schema.Struct({
  formats: formats(textFormats, ["alpaca"]),
  includeBranches: withDefault(
    Flag,
    false,
    "Whether branches may be imitated too; the paper imitates only what the base policy sampled."
  ),
  minSearches: withDefault(NonNegativeInt, 0, "Searches that a trajectory must have made."),
  highQualityOnly: withDefault(
    Flag,
    true,
    "Whether every query must be of high quality; without it this is plain rejection sampling."
  )
})

const DpoDataset = Schema.Struct({
  formats: formats(textFormats, ["alpaca"]),
  pairing: withDefault(
    Schema.Literals(["reference", "paper", "samples"]),
    "reference",
    "`reference`: pairs whose outcomes differ, as the method's public code makes them; `paper`: the full order, which also compares trajectories of the same outcome by their queries; `samples`: that order over the initial trajectories of a question alone, its best over its worst one."
  )
})

const RlDataset = Schema.Struct({
  formats: formats(["jsonl", "verl"], ["jsonl", "verl"]),
  groupSize: withDefault(PositiveInt, 8, "N: rollouts of one question that are compared with each other."),
  maxBranches: withDefault(
    NonNegativeInt,
    4,
    "T: branches of one initial trajectory in a group at most. The paper does not publish its value."
  )
})

const StudentDataset = Schema.Struct({
  formats: formats(textFormats, ["alpaca"]),
  task: withDefault(
    Schema.Literals(["score", "refine", "both"]),
    "both",
    "Whether the student learns to judge queries, to refine them, or both, as in the paper."
  ),
  prompt: withDefault(
    Schema.Literals(["recorded", "brief"]),
    "recorded",
    "`recorded`: what the teacher models were asked and replied; `brief`: what a judge or refiner is asked whose `prompt` is `brief`, with the scores and queries of any teacher, which may be a rule."
  )
})

export const DatasetSettings = Schema.Struct({
  sft: withDefault(SftDataset, {}, "Stage 1, imitation: correct trajectories whose queries are all of high quality."),
  dpo: withDefault(
    DpoDataset,
    {},
    "Stage 2, alignment: preferences between a trajectory and the branches of its question."
  ),
  rl: withDefault(RlDataset, {}, "Stage 3, generalization: groups of rollouts with their rewards."),
  student: withDefault(StudentDataset, {}, "What a small model learns the judging and refining from.")
})

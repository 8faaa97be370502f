import { Schema } from "effect"
import { paperRules } from "../method/assess.ts"
import { type PromptForm, promptForms } from "../method/briefPrompts.ts"
import { printCombination } from "../method/combination.ts"
import { required, withDefault } from "./keys.ts"
import { samplingWith } from "./rollout.ts"
import { Flag, NonNegativeInt, PositiveInt, Text, UnitInterval } from "./scalars.ts"

/** How queries are judged, what a trajectory is worth, and which queries are refined (paper, sections 2 to 4). */

const { novelty, f1Threshold, reward } = paperRules

export const ScoringSection = Schema.Struct({
  combine: withDefault(
    Text,
    printCombination(paperRules.combination),
    "How the scorers' verdicts make the quality S_t of a query: scorer names with `and`, `or`, `not` and parentheses. The scorers it names are the required ones."
  ),
  novelty: withDefault(
    Schema.Struct({
      maxOverlap: withDefault(
        NonNegativeInt,
        novelty.maxOverlap,
        "K: documents of earlier rounds that a novel query may retrieve again."
      )
    }),
    {},
    "The novelty rule."
  ),
  thresholds: withDefault(
    Schema.Record(Schema.String, UnitInterval),
    {},
    "Score from which on a scorer's verdict is high, by scorer; 1 for a scorer that is not named."
  ),
  f1: withDefault(
    Schema.Struct({
      threshold: withDefault(UnitInterval, f1Threshold, "Token F1 from which on an answer is correct.")
    }),
    {},
    "When an answer is correct."
  ),
  reward: withDefault(
    Schema.Struct({
      penalty: withDefault(UnitInterval, reward.penalty, "What a correct trajectory loses for each low-quality query."),
      floor: withDefault(UnitInterval, reward.floor, "What it keeps however many those are, format aside."),
      bonus: withDefault(UnitInterval, reward.bonus, "What an incorrect trajectory earns for each high-quality query."),
      ceiling: withDefault(UnitInterval, reward.ceiling, "What it earns at most, format aside."),
      format: withDefault(UnitInterval, reward.format, "What a right format adds.")
    }),
    {},
    "The reward of a trajectory for reinforcement learning."
  )
})

const llm = (maxNewTokens: number, task: string, prompt: PromptForm = "full") => ({
  model: required(Text, `The model that ${task}: a name from \`models\`.`),
  prompt: withDefault(
    Schema.Literals(promptForms),
    prompt,
    "How it is asked. `full`: with instructions; `brief`: without a word of them, for a small model that was taught this on a `student` dataset of brief prompts."
  ),
  sampling: withDefault(samplingWith({ temperature: 0.6, maxNewTokens }), {}, "How it draws its tokens."),
  attempts: withDefault(PositiveInt, 3, "Replies asked for at most until one can be read.")
})

export const JudgeSettings = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("evidence") }).annotate({
    description: "Decides by the gold evidence of the question's dataset, without a model."
  }),
  Schema.Struct({ kind: Schema.Literal("llm"), ...llm(2048, "judges") }).annotate({
    description: "A judge model, as in the paper."
  })
])
  .annotate({ expected: 'a judge of kind "evidence" or "llm"' })
  .pipe(Schema.toTaggedUnion("kind"))
export type JudgeSettings = typeof JudgeSettings.Type

export const StudentJudgeSettings = Schema.Struct(llm(2048, "judges", "brief"))

export const RefinerSettings = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("offline") }).annotate({
    description: "Rewrites by rule, without a model."
  }),
  Schema.Struct({ kind: Schema.Literal("llm"), ...llm(2048, "refines") }).annotate({
    description: "A refiner model, as in the paper."
  })
])
  .annotate({ expected: 'a refiner of kind "offline" or "llm"' })
  .pipe(Schema.toTaggedUnion("kind"))
export type RefinerSettings = typeof RefinerSettings.Type

export const RefinementSection = Schema.Struct({
  enabled: withDefault(Flag, true, "Whether low-quality queries are refined at all."),
  maxDepth: withDefault(PositiveInt, 1, "1: only initial trajectories branch; 2: their branches too, and so on."),
  maxBranches: withDefault(PositiveInt, 10, "Branches of one trajectory at most: its first low-quality queries."),
  refiner: withDefault(RefinerSettings, { kind: "offline" }, "What writes the better query.")
})

import { count } from "../../evaluation/format.ts"
import { element, textElement } from "../../evaluation/report/markup.ts"
import { digits } from "../../training/report/curves.ts"
import { stageTitles } from "../stageTable.ts"
import type { CurriculumPlanned, LearningStage, StagePlan } from "./plan.ts"
import type { LearningRound } from "./rounds.ts"

type Line = readonly [name: string, text: string]

/** What each stage was to do, in words: what it sampled, what it learnt from, how it trained, and what was left out. */
export const lessons = (planned: CurriculumPlanned, rounds: ReadonlyArray<LearningRound>): string =>
  element(
    "div",
    { class: "lessons" },
    ...planned.stages.map((plan) =>
      element(
        "div",
        { class: "example" },
        textElement("h3", {}, titles[plan.stage]),
        element(
          "dl",
          {},
          ...linesOf(plan, rounds).map(([name, line]) => textElement("dt", {}, name) + textElement("dd", {}, line))
        )
      )
    )
  )

const titles: Readonly<Record<LearningStage, string>> = {
  sft: `${stageTitles.sft}: imitation`,
  dpo: `${stageTitles.dpo}: alignment`,
  grpo: `${stageTitles.grpo}: generalization`
}

const linesOf = (plan: StagePlan, rounds: ReadonlyArray<LearningRound>): ReadonlyArray<Line> => {
  const training = rounds.find(({ stage }) => stage === plan.stage)?.training
  const left = leftOut(plan)
  return [
    ["Samples", sampling(plan)],
    ["Learns from", learning[plan.stage](plan)],
    ...(training?.request === undefined
      ? []
      : [["Trains", trains(plan.stage, training.request.settings)] satisfies Line]),
    ["Left out", left.length === 0 ? "nothing" : left.join(", ")]
  ]
}

const sampling = ({ questions, refinement, rounds, samples, stage, temperature }: StagePlan): string => {
  const asked = questions === undefined ? "every question" : counted(questions, "question")
  const times = rounds > 1 ? `${rounds} rounds of ` : ""
  const policy = { sft: "the base policy", dpo: "the imitating policy", grpo: "the policy of each round" }[stage]
  const branches = refinement === true ? ", and branches from refined queries" : ""
  return `${times}${asked}, ${counted(samples, "trajectory", "trajectories")} each by ${policy} at temperature ${temperature}${branches}`
}

const counted = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`

const learning: Readonly<Record<LearningStage, (plan: StagePlan) => string>> = {
  sft: ({ processReward }) =>
    processReward
      ? "trajectories in the right format with a correct answer and high-quality queries only"
      : "trajectories in the right format with a correct answer, whatever their queries are",
  dpo: ({ pairing }) => {
    const pairs = {
      paper: "pairs of a question's trajectories in the full order: correct over incorrect, then by their queries",
      reference: "pairs of a trajectory and its branches whose outcomes differ",
      samples: "pairs of the best and the worst sample of a question"
    }
    return Object.entries(pairs).find(([name]) => name === pairing)?.[1] ?? "pairs of a question's trajectories"
  },
  grpo: ({ groupSize, processReward }) => {
    const reward = processReward ? "answer, queries and format" : "answer and format alone"
    return `groups of ${groupSize === undefined ? "" : `${groupSize} `}trajectories of a question, by a reward for ${reward}`
  }
}

interface Trained {
  readonly epochs: number
  readonly learningRate: number
  readonly batchSize: number
  readonly gradientAccumulation: number
  readonly lora?: { readonly rank: number }
}

/** What one update of the weights learns from. */
const units: Readonly<Record<LearningStage, string>> = { sft: "demonstrations", dpo: "pairs", grpo: "rollouts" }

const trains = (stage: LearningStage, settings: Trained): string => {
  const { batchSize, epochs, gradientAccumulation, learningRate, lora } = settings
  const weights = lora === undefined ? "all weights" : `a LoRA adapter of rank ${lora.rank}`
  return `${weights}, ${counted(epochs, "epoch")}, ${batchSize * gradientAccumulation} ${units[stage]} a step, learning rate ${digits(learningRate)}`
}

const leftOut = ({ processReward, refinement }: StagePlan): ReadonlyArray<string> => [
  ...(processReward ? [] : ["the process reward"]),
  ...(refinement === false ? ["refinement"] : [])
]

import type { Settings } from "../../../../config/settings.ts"
import { type GivenCommand, nextStage, policyInWords } from "./nextCommands.ts"
import { stagePlace } from "./request.ts"
import type { PreparedStage } from "./stage.ts"

/** Whose trajectories the data of the stages are, whose they should be, and how to get those. */
export const originGuide = (stages: ReadonlyArray<PreparedStage>, settings: Settings, given: GivenCommand): string => {
  const first = stages.find(({ prepared }) => prepared !== undefined)
  const base = first?.prepared?.request.base.folder
  const policy = `Every row was sampled from ${policyInWords(settings)}.`
  const next = nextStage(stages, settings, given)
  const parts = [
    base === undefined
      ? policy
      : `${policy} It has to be what \`${stagePlace(first?.stage ?? "sft")}\` starts from: \`${base}\`.`,
    laterStages(stages),
    verlQuestions(stages),
    next === undefined
      ? ""
      : `To go on as the method does, train one stage, serve its policy in the place of the one that was sampled, and ${first?.stage === "grpo" ? "measure it" : "sample the\nnext stage from it"}:\n\n${next}`,
    next === undefined || first?.stage === "grpo" ? "" : onward
  ]
  const written = parts.filter((part) => part !== "").map((part) => `${part.trimEnd()}\n`)
  return `## Where the data come from, and what to do next\n\n${written.join("\n")}`
}

const laterStages = (stages: ReadonlyArray<PreparedStage>): string => {
  const [first, ...later] = stages.map(({ stage }) => `\`${stagePlace(stage)}\``)
  if (first === undefined || later.length === 0) return ""
  return `In the method each stage learns from what the policy does that the stage before has trained (paper, section on the three-stage
curriculum). Here nothing is trained yet: the data of ${later.join(" and ")} too were sampled from the policy that ${first} starts from, and
what is learnt from them is not what that stage's own policy does wrong.`
}

const verlQuestions = (stages: ReadonlyArray<PreparedStage>): string =>
  stages.some(({ prepared, stage }) => stage === "grpo" && prepared !== undefined)
    ? `Of the data of \`${stagePlace("grpo")}\` verl takes the questions alone. Their rollouts, searches and rewards it makes itself, with the policy
as it is then; so one sample a question (\`curriculum.grpo.samples=1\`) is enough for it.`
    : ""

const onward = `The last command writes a folder like this one, in which the next stage starts from the policy just trained; its own README.md tells
how to go on from there. Held-out questions (\`curriculum.evaluation\`) are asked first, and so tell what the policy has reached.`

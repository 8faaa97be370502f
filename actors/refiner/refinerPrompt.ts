import { briefRefinerPrompt, type PromptForm } from "../../method/briefPrompts.ts"
import type { ModelQuestion } from "../askModel.ts"
import { fill, type PromptTemplate } from "../promptTemplate.ts"
import type { RoundToRefine } from "./refineRounds.ts"

/** How a refiner is asked. */
export interface RefinerPrompt {
  /** Version of a refiner that is asked so. */
  readonly version: string
  readonly write: (round: RoundToRefine) => Pick<ModelQuestion, "system" | "user">
}

/** The prompt of that form. The full one is written with the template, whose placeholders `config/prompts/refiner.ts` names. */
export const refinerPromptOf = (form: PromptForm, template: PromptTemplate): RefinerPrompt =>
  form === "brief" ? brief : full(template)

const full = ({ system, user }: PromptTemplate): RefinerPrompt => ({
  version: "llm-1",
  write: ({ trajectory, round, feedback }) => {
    const { question } = trajectory.question
    const shown = trajectory.transcript.slice(0, round.resultEnd)
    return { system, user: fill(user, { question, trajectory: shown, query: round.query, feedback }) }
  }
})

const brief: RefinerPrompt = {
  version: "brief-1",
  write: ({ trajectory: { question, transcript }, round: { queryEnd } }) => ({
    system: "",
    user: briefRefinerPrompt({ question: question.question, transcript, queryEnd })
  })
}

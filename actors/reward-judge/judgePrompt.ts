import type { Question } from "../../events/shapes.ts"
import { briefJudgePrompt, type PromptForm, scoreTags } from "../../method/briefPrompts.ts"
import type { ModelQuestion } from "../askModel.ts"
import { fill, type PromptTemplate } from "../promptTemplate.ts"
import { type Judgement, parseJudgement } from "./parseJudgement.ts"

/** A query with what a judge reads of it. */
export interface JudgedQuery {
  readonly question: Pick<Question, "question" | "goldenAnswers">
  /** The assistant turn up to and including the query's results. */
  readonly transcript: string
  readonly query: string
}

/** How a judge is asked, and how its reply is read. */
export interface JudgePrompt {
  /** Version of a judge that is asked so. */
  readonly version: string
  readonly write: (query: JudgedQuery) => Pick<ModelQuestion, "system" | "user">
  /** Strings that end the reply. */
  readonly stop: ReadonlyArray<string>
  readonly read: (reply: string) => Judgement | undefined
}

/** The prompt of that form. The full one is written with the template, whose placeholders `config/prompts/judge.ts` names. */
export const judgePromptOf = (form: PromptForm, template: PromptTemplate): JudgePrompt =>
  form === "brief" ? brief : full(template)

const full = ({ system, user }: PromptTemplate): JudgePrompt => ({
  version: "llm-1",
  write: ({ question, transcript, query }) => {
    const answers = question.goldenAnswers.join("; ")
    return { system, user: fill(user, { question: question.question, answers, trajectory: transcript, query }) }
  },
  stop: [],
  read: parseJudgement
})

/** A student was taught a score and nothing else, so what else it writes is no reason for it. */
const brief: JudgePrompt = {
  version: "brief-1",
  write: ({ question, transcript }) => ({ system: "", user: briefJudgePrompt({ ...question, transcript }) }),
  stop: [scoreTags.close],
  read: (reply) => {
    const judgement = parseJudgement(reply)
    return judgement && { ...judgement, explanation: `The student scored it ${judgement.score}.` }
  }
}

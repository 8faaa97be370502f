import { tags } from "../../../method/protocol.ts"
import { chain } from "./chaining.ts"
import { compare } from "./comparing.ts"
import { explore, type Pick } from "./exploring.ts"
import { readQuestion } from "./question.ts"
import { readTranscript } from "./reading.ts"
import type { Step } from "./step.ts"

export interface HeuristicRequest {
  /** The question, and nothing else. */
  readonly user: string
  /** The assistant turn so far, from `<think>` on. */
  readonly assistant: string
  readonly seed?: number
}

export const continueHeuristically = ({ assistant, seed, user }: HeuristicRequest): string => {
  const question = readQuestion(user)
  const reading = readTranscript(assistant)
  const pick = pickBy(seed, reading.queries.length)
  const step = reading.queries.length >= maxQueries ? explore(question, reading, pick) : decide(question, reading, pick)
  return render(step, assistant)
}

const maxQueries = 5

const decide = (
  question: ReturnType<typeof readQuestion>,
  reading: ReturnType<typeof readTranscript>,
  pick: Pick
): Step =>
  compare(question, reading) ??
  (reading.queries.length === 0 ? undefined : chain(question, reading)) ??
  explore(question, reading, pick)

const pickBy =
  (_seed: number | undefined, _round: number): Pick =>
  (ranked) =>
    ranked[0]

const render = (step: Step, assistant: string): string => {
  const tail = assistant.slice(assistant.lastIndexOf(tags.result.close) + 1)
  const thinking = tail.lastIndexOf(tags.think.open) > tail.lastIndexOf(tags.think.close)
  const thought = `${thinking ? "" : tags.think.open} ${step.thought} ${tags.think.close}\n`
  return step.kind === "search"
    ? `${thought}${tags.search.open} ${step.query} ${tags.search.close}`
    : `${thought}${tags.answer.open} The final answer is \\[ \\boxed{${step.answer}} \\] ${tags.answer.close}`
}

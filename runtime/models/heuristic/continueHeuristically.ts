import { tags } from "../../../method/protocol.ts"
import { chain } from "./chaining.ts"
import { compare } from "./comparing.ts"
import { explore } from "./exploring.ts"
import { readQuestion } from "./question.ts"
import { readTranscript } from "./reading.ts"
import { chooseBy, type Situation, type Step } from "./situation.ts"

export interface HeuristicRequest {
  /** The question, and nothing else. */
  readonly user: string
  /** The assistant turn so far; whoever wrote it. */
  readonly assistant: string
  /** Decides between choices that are about as good as each other. Without it the first of them is taken. */
  readonly seed?: number
}

/** Searches at most in one trajectory, those of a prefix included. */
const maxQueries = 5

/**
 * A search agent without a model: what an honest lexical agent writes next, up to a `</search>` or to its `</answer>`.
 *
 * It knows the words of the question and of the documents in the transcript, and nothing else: never a gold answer. It asks the
 * question itself first; follows relations it has patterns for ("the director of film X") from page to page; compares two things
 * by dates, nations or shared words; and otherwise reads on about names close to the question's words, and answers with the
 * closest stretch of the kind asked for. Some of its queries are good; others are redundant or useless, because it does not
 * understand what it reads. Nothing about that is drawn at random.
 *
 * It is the baseline a model must beat, and the load generator of the benchmarks: a pure function of its request that takes a
 * millisecond or two.
 */
export const continueHeuristically = ({ assistant, seed, user }: HeuristicRequest): string => {
  const reading = readTranscript(assistant)
  const round = reading.queries.length
  const situation = {
    question: readQuestion(user),
    reading,
    maySearch: round < maxQueries,
    choose: chooseBy(seed, round)
  }
  return render(decide(situation), assistant)
}

const decide = (situation: Situation): Step => compare(situation) ?? chain(situation) ?? explore(situation)

/** The step in the tags of the protocol; a thought that was already begun is not begun again. */
const render = (step: Step, assistant: string): string => {
  const isThinking = assistant.lastIndexOf(tags.think.open) > assistant.lastIndexOf(tags.think.close)
  const thought = `${isThinking ? "" : tags.think.open} ${plain(step.thought)} ${tags.think.close}\n`
  return step.kind === "search"
    ? `${thought}${tags.search.open} ${plain(step.query)} ${tags.search.close}`
    : `${thought}${tags.answer.open} The final answer is \\[ \\boxed{${plain(step.answer)}} \\] ${tags.answer.close}`
}

/** One line without the signs that tags and boxes are made of: documents may quote some. */
const plain = (text: string): string =>
  text
    .replace(/[<>{}\\]/g, " ")
    .replace(/\s+/g, " ")
    .trim()

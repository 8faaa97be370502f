import { cutBeforeQuery, tags } from "./protocol.ts"

/**
 * How a small student is asked to judge and to refine (SmartSearch, arXiv 2601.04888, teacher and student), in so few words
 * that a search policy of a million parameters can learn it: there is no system message and no instruction, and the transcript
 * stays in the tags that the policy knows. The end of the message tells the tasks apart: after results comes their score,
 * after a thought a query.
 *
 * The same question always gives the same text: a dataset that is folded from a log asks its student word for word what the
 * student will be asked as an actor.
 */

/** The two ways to ask a judge or a refiner: with a template that explains the task, or as this page does. */
export const promptForms = ["full", "brief"] as const
export type PromptForm = (typeof promptForms)[number]

export const scoreTags = { open: "<score>", close: "</score>" } as const

/** A query to judge. */
export interface BriefJudgeQuestion {
  readonly question: string
  readonly goldenAnswers: ReadonlyArray<string>
  /** The assistant turn up to and including the query's results. */
  readonly transcript: string
}

/**
 * ```text
 * Who directed Musa?
 * <answer> Kim Sung-su </answer>
 * <think> First I need the director. </think>
 * <search> director of Musa </search><result>result:
 * documents
 * </result>
 * ```
 */
export const briefJudgePrompt = ({ question, goldenAnswers, transcript }: BriefJudgeQuestion): string =>
  [question, enclosed(tags.answer, goldenAnswers.join("; ")), transcript.trimEnd()].join("\n")

/** What a student replies to a {@link briefJudgePrompt}. */
export const briefJudgement = (score: 0 | 1): string => enclosed(scoreTags, String(score))

/** A query to replace. */
export interface BriefRefinerQuestion {
  readonly question: string
  /** The assistant turn that the query stands in, as far as it goes. */
  readonly transcript: string
  /** Where the query's `</search>` ends in it. */
  readonly queryEnd: number
}

/**
 * What the policy had when it wrote the query: neither the query nor its results can lead astray.
 *
 * ```text
 * Who directed Musa?
 * <think> First I need the director. </think>
 * ```
 */
export const briefRefinerPrompt = ({ question, transcript, queryEnd }: BriefRefinerQuestion): string =>
  `${question}\n${cutBeforeQuery(transcript, queryEnd).trimEnd()}`

/** What a student replies to a {@link briefRefinerPrompt}. */
export const briefRefinement = (query: string): string => enclosed(tags.search, query)

const enclosed = ({ open, close }: { readonly open: string; readonly close: string }, text: string): string =>
  `${open} ${text} ${close}`

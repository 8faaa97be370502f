import { tags } from "./protocol.ts"

/**
 * The answer a transcript predicts: the last `<answer>…</answer>`, and in it the last box, trimmed.
 *
 * A box is `\boxed{…}` with balanced braces, or `\boxed x`, which holds what follows up to `$`, `\]`, `\)` or the end of
 * the answer. Only an answer without any `\boxed` may use `\fbox{…}`. Empty when there is no closed answer, no box in it,
 * or when the last box never closes.
 */
export const predictedAnswer = (transcript: string): string => lastBox(lastAnswer(transcript))

const lastAnswer = (transcript: string): string => {
  let answer = ""
  let from = 0
  while (true) {
    const open = transcript.indexOf(tags.answer.open, from)
    const close = open < 0 ? -1 : transcript.indexOf(tags.answer.close, open)
    if (close < 0) return answer
    answer = transcript.slice(open + tags.answer.open.length, close)
    from = close + tags.answer.close.length
  }
}

const lastBox = (answer: string): string => {
  const boxed = answer.lastIndexOf("\\boxed")
  if (boxed >= 0) {
    const rest = answer.slice(boxed + "\\boxed".length)
    return rest.trimStart().startsWith("{") ? braced(rest.trimStart()) : bare(rest)
  }
  const fbox = answer.lastIndexOf("\\fbox{")
  return fbox < 0 ? "" : braced(answer.slice(fbox + "\\fbox".length))
}

/** The inside of the group that `text` begins with. */
const braced = (text: string): string => {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "{") depth++
    if (text[i] === "}") depth--
    if (depth === 0) return text.slice(1, i).trim()
  }
  return ""
}

/** The content of `\boxed x`: at least one blank must part the command from it. */
const bare = (rest: string): string =>
  /^\s/.test(rest) ? rest.slice(0, /\$|\\\]|\\\)/.exec(rest)?.index ?? rest.length).trim() : ""

/** The outcome of the format check; `problem` says what is wrong and is absent when nothing is. */
export interface FormatCheck {
  readonly ok: boolean
  readonly problem?: string
}

/**
 * The format reward's rule (paper, section on rewards): as many `<think>` as `</think>` and at least one; exactly one
 * `<answer>` and one `</answer>`, in order, with `\boxed{` and `}` inside; every `<search>` followed by `</search>`,
 * `<result>`, `</result>` in that order. Tags that a retrieved document quotes between `<result>` and `</result>` are not
 * taken for searches.
 */
export const checkFormat = (transcript: string): FormatCheck => {
  const problem =
    thinkProblem(transcript) ?? answerCountProblem(transcript) ?? searchProblem(transcript) ?? answerProblem(transcript)
  return problem === undefined ? { ok: true } : { ok: false, problem }
}

const count = (text: string, part: string): number => text.split(part).length - 1

const thinkProblem = (transcript: string): string | undefined => {
  const opens = count(transcript, tags.think.open)
  const closes = count(transcript, tags.think.close)
  if (opens !== closes) return `expected as many <think> as </think>, found ${opens} and ${closes}`
  return opens === 0 ? "expected at least one <think>, found none" : undefined
}

const answerCountProblem = (transcript: string): string | undefined => {
  const opens = count(transcript, tags.answer.open)
  const closes = count(transcript, tags.answer.close)
  return opens === 1 && closes === 1
    ? undefined
    : `expected exactly one <answer> and one </answer>, found ${opens} and ${closes}`
}

const searchProblem = (transcript: string): string | undefined => {
  let from = 0
  for (let round = 1; ; round++) {
    const search = transcript.indexOf(tags.search.open, from)
    if (search < 0) return undefined
    const searchEnd = transcript.indexOf(tags.search.close, search)
    const result = transcript.indexOf(tags.result.open, search)
    const resultEnd = transcript.indexOf(tags.result.close, search)
    if (searchEnd < 0 || result < 0 || resultEnd < 0) {
      return `search ${round} is incomplete: expected </search>, <result> and </result> after it`
    }
    if (searchEnd > result || result > resultEnd) {
      return `search ${round} is out of order: expected </search>, then <result>, then </result>`
    }
    from = resultEnd
  }
}

const answerProblem = (transcript: string): string | undefined => {
  const open = transcript.indexOf(tags.answer.open)
  const close = transcript.indexOf(tags.answer.close)
  if (open > close) return "expected <answer> before </answer>"
  const answer = transcript.slice(open, close)
  return answer.includes("\\boxed{") && answer.includes("}") ? undefined : "expected \\boxed{…} inside the answer"
}

import { Option, Schema } from "effect"

/** What a judge said about one query. */
export interface Judgement {
  readonly score: 0 | 1
  readonly explanation: string
}

/**
 * Reads a judge's reply: `<explanation>…</explanation><score>0 or 1</score>`, and, since models stray, also a JSON object with
 * the same two fields, or a line such as `Score: 1`. What the model thought before `</think>` is left aside.
 *
 * Undefined when there is no score of 0 or 1, or when the reply contradicts itself: nothing is guessed.
 */
export const parseJudgement = (reply: string): Judgement | undefined => {
  const text = reply.split("</think>").at(-1) ?? ""
  return fromTags(text) ?? fromJson(text) ?? fromLabel(text)
}

const fromTags = (text: string): Judgement | undefined => {
  const tag = /<score>\s*([01])(?:\.0+)?\s*(?:<\/score>|$)/gi
  const score = onlyScore(text, tag)
  if (score === undefined) return undefined
  const explanation = /<explanation>([\s\S]*?)(?:<\/explanation>|<score>)/i.exec(text)?.[1]
  return { score, explanation: (explanation ?? text.replace(tag, "")).trim() }
}

const JsonJudgement = Schema.fromJsonString(
  Schema.Struct({
    score: Schema.Literals([0, 1, "0", "1", false, true]),
    explanation: Schema.optionalKey(Schema.String)
  })
)
const decodeJson = Schema.decodeUnknownOption(JsonJudgement)

const fromJson = (text: string): Judgement | undefined => {
  const object = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)
  return Option.getOrUndefined(
    Option.map(decodeJson(object), ({ score, explanation }) => ({
      score: Number(score) === 1 ? 1 : 0,
      explanation: explanation?.trim() ?? ""
    }))
  )
}

const fromLabel = (text: string): Judgement | undefined => {
  const label = /\bscore\W{0,3}(?::|=|\bis\b)\W{0,3}([01])(?:\.0+)?(?![\d.]*\d)/gi
  const score = onlyScore(text, label)
  if (score === undefined) return undefined
  const otherLines = text.split("\n").filter((line) => line.search(label) < 0)
  return { score, explanation: otherLines.join("\n").trim() || text.trim() }
}

/** The score that all matches agree on. */
const onlyScore = (text: string, pattern: RegExp): 0 | 1 | undefined => {
  const scores = new Set(Array.from(text.matchAll(pattern), (match) => match[1]))
  if (scores.size !== 1) return undefined
  return scores.has("1") ? 1 : 0
}

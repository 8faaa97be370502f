import type { Progress, Round, Turn } from "../../events/shapes.ts"
import { priming, renderResults, tags } from "../../method/protocol.ts"

/** What a round of a story says. */
export interface RoundText extends Pick<Round, "round" | "queryId" | "query" | "documentIds"> {}

/** Writes the assistant turn of a story in the tag protocol, with the offsets of its rounds and turns. */
export const writeTranscript = (
  texts: ReadonlyArray<RoundText>,
  how: {
    readonly answer: string | undefined
    readonly tokens: boolean
    readonly broken: boolean
    /** How many of the rounds came from the parent: their text is no turn of this trajectory's policy. */
    readonly inherited: number
  }
): Progress => {
  let transcript = priming
  const rounds: Array<Round> = []
  const turns: Array<Turn> = []
  const generate = (text: string): void => {
    const start = transcript.length
    transcript += text
    turns.push(turnOf(start, text, how.tokens))
  }
  for (const [i, { documentIds, ...text }] of texts.entries()) {
    const close = how.broken && i === 0 ? "" : " </think>"
    const thought = `${i === 0 ? "" : tags.think.open} Step ${text.round}.${close}\n<search> ${text.query} </search>`
    if (i < how.inherited) transcript += thought
    else generate(thought)
    const queryEnd = transcript.length
    const results = renderResults(documentIds.map((id) => `"${id}"\nThe text of ${id}.`))
    transcript += results
    const resultEnd = queryEnd + results.trimEnd().length
    const kind = i < how.inherited ? "inherited" : "issued"
    rounds.push({ ...text, documentIds, kind, queryEnd, resultStart: queryEnd, resultEnd })
  }
  const thought = texts.length === 0 ? " I know it. </think>" : `${tags.think.open} I know it. </think>`
  generate(how.answer === undefined ? thought : `${thought}\n<answer> \\[ \\boxed{${how.answer}} \\] </answer>`)
  return { transcript, rounds, turns }
}

const turnOf = (start: number, text: string, tokens: boolean): Turn => ({
  start,
  end: start + text.length,
  model: "policy-1",
  finishReason: "stop",
  ...(tokens ? { tokenIds: Array.from(text, (_, i) => i), logProbs: Array.from(text, (_, i) => -1 / (i + 1)) } : {})
})

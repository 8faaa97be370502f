import { describe, expect, it } from "vitest"
import { briefJudgement } from "../../method/briefPrompts.ts"
import { parseJudgement } from "./parseJudgement.ts"

describe("parseJudgement", () => {
  it.each<[behaviour: string, reply: string, score: 0 | 1, explanation: string]>([
    ["the form asked for", "<explanation>It fits.</explanation>\n<score>1</score>", 1, "It fits."],
    ["line breaks and blanks", "<explanation>\nTwo\nlines. </explanation> <score>\n 0 </score>\n", 0, "Two\nlines."],
    ["a score written as 1.0", "<explanation>a</explanation><score>1.0</score>", 1, "a"],
    ["the score first", "<score>0</score><explanation>a</explanation>", 0, "a"],
    ["an explanation that is never closed", "<explanation>a <score>1</score>", 1, "a"],
    ["words without tags", "All of it is there. <score>1</score>", 1, "All of it is there."],
    ["a last tag that is cut off", "<explanation>a</explanation><score>1", 1, "a"],
    ["thoughts before", "<think><score>0</score></think><explanation>a</explanation><score>1</score>", 1, "a"],
    ["the same score twice", "<score>1</score> so <score>1</score>", 1, "so"],
    ["JSON in a fence", '```json\n{"explanation": "a \\"b\\"", "score": 0}\n```', 0, 'a "b"'],
    ["JSON with the score as text", '{"score": "1"}', 1, ""],
    ["JSON with the score as a truth value", '{"score": true, "explanation": "a"}', 1, "a"],
    ["a labelled line", "The film is another one.\nScore: 0", 0, "The film is another one."],
    ["a label in bold", "a\n**Score:** 1", 1, "a"],
    ["a sentence", "a. The score is 1.", 1, "a. The score is 1."]
  ])("reads %s", (_, reply, score, explanation) => {
    expect(parseJudgement(reply)).toEqual({ score, explanation })
  })

  it.each([
    ["nothing", ""],
    ["no score", "<explanation>It fits.</explanation>"],
    ["half a point", "<score>0.5</score>"],
    ["another scale", "<score>7</score>"],
    ["another scale in a labelled line", "Score: 10"],
    ["a labelled half point", "Score: 0.5"],
    ["a contradiction", "<score>1</score> or <score>0</score>"],
    ["a score only in its thoughts", "<think>score: 1</think> I can't tell."]
  ])("guesses nothing from %s", (_, reply) => {
    expect(parseJudgement(reply)).toBeUndefined()
  })

  it.each([0, 1] as const)("reads a student's reply back, which has no explanation (%i)", (score) => {
    expect(parseJudgement(briefJudgement(score))).toEqual({ score, explanation: "" })
  })
})

import { describe, expect, it } from "vitest"
import { briefJudgement, briefJudgePrompt, briefRefinement, briefRefinerPrompt } from "./briefPrompts.ts"
import { priming, renderResults } from "./protocol.ts"

const results = renderResults(['"Musa"\nA film by Kim Sung-su.'])
const first = `${priming} I need the director. </think>\n<search> director of Musa </search>`
const second = `${first}${results}<think> And where born? </think>\n<search> born where </search>`
const both = `${priming} Two facts. </think>\n<search> one </search>\n<search> two </search>`

describe("a brief judge prompt", () => {
  it("is the question, its answers and the transcript, which ends with the query's results", () => {
    const transcript = `${first}${results}`
    expect(briefJudgePrompt({ question: "Who?", goldenAnswers: ["Kim Sung-su", "Kim"], transcript })).toBe(
      `Who?\n<answer> Kim Sung-su; Kim </answer>\n${transcript.trimEnd()}`
    )
  })

  it("is the same with and without the line break after the results", () => {
    const asked = (transcript: string) => briefJudgePrompt({ question: "Who?", goldenAnswers: ["Kim"], transcript })
    expect(asked(`${first}${results}`)).toBe(asked(`${first}${results.trimEnd()}`))
  })

  it.each([0, 1] as const)("is replied to with the score %i in its tags", (score) => {
    expect(briefJudgement(score)).toBe(`<score> ${score} </score>`)
  })
})

describe("a brief refiner prompt", () => {
  it.each<[behaviour: string, transcript: string, queryEnd: number, shown: string]>([
    ["the first query", `${first}${results}`, first.length, `${priming} I need the director. </think>`],
    [
      "a later query, with the results that came before it",
      `${second}${results}`,
      second.length,
      `${first}${results}<think> And where born? </think>`
    ],
    [
      "the second query of one output",
      `${both}${results}${results}`,
      both.length,
      `${priming} Two facts. </think>\n<search> one </search>`
    ],
    ["a query without a thought", "<search>one</search>", 20, ""]
  ])("stops before %s", (_, transcript, queryEnd, shown) => {
    expect(briefRefinerPrompt({ question: "Who?", transcript, queryEnd })).toBe(`Who?\n${shown}`)
  })

  it("is replied to with the query in its tags", () => {
    expect(briefRefinement("director of Musa")).toBe("<search> director of Musa </search>")
  })
})

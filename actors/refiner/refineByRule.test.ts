import { describe, expect, it } from "vitest"
import type { Question, Round } from "../../events/shapes.ts"
import { question } from "../testing/fixtures.ts"
import { keyWords, names } from "./keyWords.ts"
import { refineByRule } from "./refineByRule.ts"

const round = (query: string, documentIds: ReadonlyArray<string> = []): Round => ({
  round: 1,
  queryId: "t:1",
  query,
  kind: "issued",
  queryEnd: 1,
  resultStart: 1,
  resultEnd: 1,
  documentIds
})

const withEvidence = (subQuestions: ReadonlyArray<{ question: string; passageId?: string }>): Question =>
  question({ evidence: { passageIds: ["g1", "g2"], titles: ["Yu Rongguang", "Musa (film)"], subQuestions } })

const queryOf = (...input: Parameters<typeof refineByRule>): string => {
  const proposal = refineByRule(...input)
  return proposal.kind === "refined" ? proposal.query : proposal.reason
}

describe("a question with gold evidence", () => {
  it("is asked by the title of the first gold passage that the earlier rounds lack", () => {
    expect(queryOf(withEvidence([]), [], "who")).toBe("Yu Rongguang")
    expect(queryOf(withEvidence([]), [round("x", ["g1"])], "who")).toBe("Musa (film)")
    expect(queryOf(withEvidence([]), [round("x", ["g2"])], "who")).toBe("Yu Rongguang")
  })

  it("is asked by the sub-question that names that title, where there is one", () => {
    const asked = withEvidence([{ question: "Who directed Musa?" }, { question: "Which film featured Yu Rongguang?" }])
    expect(queryOf(asked, [], "who")).toBe("Which film featured Yu Rongguang?")
    expect(queryOf(asked, [round("x", ["g1"])], "who")).toBe("Who directed Musa?")
  })

  it("is not asked by a sub-question that can't stand alone", () => {
    const asked = withEvidence([
      { question: "Yu Rongguang >> cast member" },
      { question: "Musa of #1?", passageId: "g2" }
    ])
    expect(queryOf(asked, [], "who")).toBe("Yu Rongguang")
    expect(queryOf(asked, [round("x", ["g1"])], "who")).toBe("Musa (film)")
  })

  it("is asked otherwise when that was asked already", () => {
    expect(queryOf(withEvidence([]), [round("yu  rongguang")], "2001 film")).toBe("2001 film Yu Rongguang")
    expect(queryOf(withEvidence([]), [], "Yu Rongguang")).toBe("Yu Rongguang 2001")
  })
})

describe("a question without gold evidence, or with all of it retrieved", () => {
  const asked = question()
  const all = withEvidence([])

  it("gets the names added that the query left out", () => {
    expect(queryOf(asked, [], "who directed the film")).toBe("who directed the film 2001 Yu Rongguang")
    expect(queryOf(all, [round("x", ["g1", "g2"])], "film")).toBe("film 2001 Yu Rongguang")
  })

  it("is asked in full when the query named everything", () => {
    expect(queryOf(asked, [], "Yu Rongguang 2001 director")).toBe(asked.question)
  })

  it("is reduced to key words when the query was the question", () => {
    expect(queryOf(asked, [], asked.question)).toBe("directed 2001 film featured Yu Rongguang")
  })

  it("stays as it is when everything was tried", () => {
    const tried = [round(asked.question), round("directed 2001 film featured Yu Rongguang")]
    expect(queryOf(asked, tried, "Yu Rongguang 2001")).toBe("unchanged")
  })
})

describe("keyWords", () => {
  it("drops function words and the punctuation around the others", () => {
    expect(keyWords('Who wrote "The Trial" (1925), and when?')).toEqual(["wrote", "Trial", "1925"])
  })

  it("knows names of every script by their capitals or digits", () => {
    expect(names("What did Élodie Bouchez's Šumava film of 1999 win?")).toEqual([
      "Élodie",
      "Bouchez's",
      "Šumava",
      "1999"
    ])
  })
})

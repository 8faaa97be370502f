import type { Verdict } from "../../../method/combination.ts"
import { decimal } from "../../evaluation/format.ts"
import { element, escapeText, textElement } from "../../evaluation/report/markup.ts"
import { stageTitles } from "../stageTable.ts"
import type { Attempt, QuestionStory, RoundTold } from "./tellQuestion.ts"

/** One question as the policy of each stage went about it, side by side. */
export const questionStory = (story: QuestionStory): string =>
  element(
    "div",
    {},
    element(
      "div",
      { class: "example" },
      element(
        "dl",
        {},
        row("Question", textElement("span", { class: "query" }, story.question)),
        row("Gold answer", escapeText(story.goldenAnswers.join(" | "))),
        row("From", `${escapeText(story.set)}, question ${textElement("code", {}, story.questionId)}`)
      )
    ),
    element("div", { class: "attempts" }, ...story.attempts.map(attempt)),
    element("p", { class: "soft hint" }, `How a query was scored, and by whom: ${auditCommand(story)}`)
  )

const row = (name: string, markup: string): string => textElement("dt", {}, name) + element("dd", {}, markup)

const auditCommand = ({ attempts }: QuestionStory): string => {
  const rounds = attempts.flatMap(({ rounds }) => rounds)
  const telling = rounds.find(({ quality }) => quality === "low") ?? rounds[0]
  return textElement("code", {}, `smartsearch audit query ${telling?.queryId ?? "ID"}`)
}

const attempt = ({ em, f1, prediction, rounds, stage }: Attempt): string =>
  element(
    "article",
    { class: "example" },
    textElement("h3", {}, stageTitles[stage]),
    rounds.length === 0
      ? textElement("p", { class: "soft" }, "It did not search.")
      : element("ol", { class: "rounds" }, ...rounds.map(roundItem)),
    element(
      "p",
      { class: "answer" },
      textElement("span", { class: "soft" }, "Answer "),
      textElement("b", {}, prediction === "" ? "(none)" : prediction),
      verdict(em === 1 ? "high" : "low", em === 1 ? "EM 1" : `EM 0, F1 ${decimal(f1)}`)
    )
  )

const verdict = (quality: Verdict, text: string): string => textElement("span", { class: `verdict ${quality}` }, text)

const written: Readonly<Record<Verdict, string>> = {
  high: "1",
  low: "0",
  unscored: "not scored",
  unparsed: "unreadable"
}

const roundItem = ({ query, queryId, quality, scores, titles }: RoundTold): string =>
  element(
    "li",
    {},
    element(
      "p",
      {},
      textElement("span", { class: "query" }, query === "" ? "(empty query)" : query),
      verdict(quality, written[quality])
    ),
    scores.length === 0 ? "" : element("ul", { class: "scores" }, ...scores.map(score)),
    element(
      "p",
      { class: "found" },
      textElement("span", { class: "soft" }, "Found "),
      escapeText(titles.length === 0 ? "nothing" : titles.join(" · "))
    ),
    textElement("code", { class: "id" }, queryId)
  )

const score = ({ explanation, scorer, verdict }: RoundTold["scores"][number]): string =>
  element(
    "li",
    {},
    textElement("b", { class: verdict }, `${scorer} ${written[verdict]}`),
    textElement("span", { class: "soft" }, explanation === "" ? "" : ` ${explanation}`)
  )

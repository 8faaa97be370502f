import { type RefinementExample, verdictText } from "../example.ts"
import { decimal } from "../format.ts"
import { element, escapeText, textElement } from "./markup.ts"

/** The worked example: the question, the query that was scored 0, why, and what came of replacing it. */
export const workedExample = (example: RefinementExample): string => {
  const { became } = example
  return element(
    "section",
    {},
    textElement("h2", {}, became === undefined ? "A query that was scored 0" : "A query, and what it became"),
    element(
      "div",
      { class: "example" },
      element(
        "dl",
        {},
        row("Question", escapeText(example.question)),
        row("Gold answer", escapeText(example.goldenAnswers.join(" | "))),
        row(`Round ${example.round}`, query(example.query) + verdict("low", "scored 0")),
        row(`Why (${example.objectors.join(", ")})`, example.feedback.split("\n").map(escapeText).join("<br/>")),
        ...(became === undefined
          ? [row("Answer", answered(example))]
          : [
              row("Refined", query(became.query) + verdict(became.quality, verdictText[became.quality])),
              row("Answer before", answered(example)),
              row("Answer after", answered(became))
            ]),
        row("Ids", ids(example))
      )
    )
  )
}

const row = (name: string, markup: string): string => textElement("dt", {}, name) + element("dd", {}, markup)

const query = (text: string): string => textElement("span", { class: "query" }, text)

const verdict = (quality: string, text: string): string => textElement("span", { class: `verdict ${quality}` }, text)

const answered = ({ prediction, f1 }: { readonly prediction: string; readonly f1: number }): string =>
  `${prediction === "" ? "(none)" : escapeText(prediction)} ${textElement("span", { class: "soft" }, `F1 ${decimal(f1)}`)}`

const ids = ({ dataset, questionId, queryId, became }: RefinementExample): string => {
  const named: ReadonlyArray<readonly [string, string]> = [
    [`${dataset} question`, questionId],
    ["query", queryId],
    ...(became === undefined ? [] : [["branch", became.trajectoryId] as const])
  ]
  return named.map(([name, id]) => `${escapeText(name)} ${textElement("code", {}, id)}`).join(", ")
}

import type { DataOf } from "../../events/registry.ts"
import type { RunEvaluation } from "./evaluate.ts"
import { pickExample } from "./example.ts"
import { figure } from "./report/figure.ts"
import { figuresTable } from "./report/figuresTable.ts"
import { element, textElement } from "./report/markup.ts"
import { meanings } from "./report/meanings.ts"
import { plots } from "./report/plots.ts"
import { style } from "./report/style.ts"
import { header, tiles } from "./report/summary.ts"
import { workedExample } from "./report/workedExample.ts"
import type { EvaluationRow } from "./row.ts"

/**
 * The evaluation of one run as a page of HTML that needs nothing else: no script, no font, no network. The same rows give the
 * same bytes.
 *
 * `rows` may hold those of other runs too; `run` is what the run was started with, where the log tells.
 */
export const renderReport = (
  evaluation: RunEvaluation,
  rows: ReadonlyArray<EvaluationRow>,
  run?: DataOf<"RunStarted">
): string => {
  const ofRun = rows.filter(({ runId }) => runId === evaluation.runId)
  const example = pickExample(ofRun)
  const head = element(
    "head",
    {},
    '<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>',
    textElement("title", {}, `Evaluation of run ${evaluation.runId}`),
    element("style", {}, style)
  )
  const main = element(
    "main",
    {},
    header(evaluation, run),
    tiles(evaluation),
    example === undefined ? "" : workedExample(example),
    element(
      "section",
      {},
      textElement("h2", {}, "Plots"),
      element("div", { class: "plots" }, ...plots(evaluation, ofRun).map(figure))
    ),
    element("section", {}, textElement("h2", {}, "All figures"), figuresTable(evaluation)),
    meanings()
  )
  return `<!doctype html>\n${element("html", { lang: "en" }, head, element("body", {}, main))}\n`
}

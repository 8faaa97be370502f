import { figure } from "../evaluation/report/figure.ts"
import { element, textElement } from "../evaluation/report/markup.ts"
import { style } from "../evaluation/report/style.ts"
import { curveFigure, lineStyle } from "../training/report.ts"
import { dataTable, lowQueries } from "./report/dataTable.ts"
import { figuresTable } from "./report/figuresTable.ts"
import { learningCurves, type StageCurves } from "./report/learningCurves.ts"
import { lessons } from "./report/lessons.ts"
import { meanings } from "./report/meanings.ts"
import type { CurriculumPlanned } from "./report/plan.ts"
import { questionStory } from "./report/questionStory.ts"
import type { CurriculumRecord } from "./report/record.ts"
import type { LearningRound } from "./report/rounds.ts"
import { renderStagePlot } from "./report/stagePlot.ts"
import { curriculumStyle } from "./report/style.ts"
import { header, tiles } from "./report/summary.ts"
import type { QuestionStory } from "./report/tellQuestion.ts"
import type { StageResult } from "./stages.ts"
import { stageTitles } from "./stageTable.ts"

/** All that the page tells of a curriculum, as far as it got. */
export interface CurriculumReport {
  readonly record: CurriculumRecord
  /** Absent when another release wrote the configuration, and this one can't read it. */
  readonly planned?: CurriculumPlanned
  /** Empty without held-out questions. */
  readonly results: ReadonlyArray<StageResult>
  readonly rounds: ReadonlyArray<LearningRound>
  /** Absent when no question shows what was learnt. */
  readonly story?: QuestionStory
}

/**
 * A curriculum as a page of HTML that needs nothing else: no script, no font, no network. The same log gives the same bytes; of a
 * curriculum that is going on it tells what there is.
 */
export const renderCurriculumReport = (report: CurriculumReport): string => {
  const { planned, record, results, rounds, story } = report
  const head = element(
    "head",
    {},
    '<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>',
    textElement("title", {}, `Curriculum ${record.name}`),
    element("style", {}, style, lineStyle, curriculumStyle)
  )
  const main = element(
    "main",
    {},
    header(record, planned, rounds),
    tiles(results),
    reached(results),
    story === undefined ? "" : section("One question, stage by stage", questionStory(story)),
    learnt(planned, rounds),
    ...curves(rounds),
    section("What the figures mean", meanings())
  )
  return `<!doctype html>\n${element("html", { lang: "en" }, head, element("body", {}, main))}\n`
}

const section = (title: string, ...content: ReadonlyArray<string>): string =>
  element("section", {}, textElement("h2", {}, title), ...content)

const reached = (results: ReadonlyArray<StageResult>): string =>
  results.length === 0
    ? section(
        "What each stage reached",
        textElement("p", { class: "soft" }, "No held-out questions were answered (yet).")
      )
    : section(
        "What each stage reached",
        element("figure", { class: "key" }, element("div", { class: "scroll" }, renderStagePlot(results))),
        element("div", { class: "space" }, figuresTable(results))
      )

const learnt = (planned: CurriculumPlanned | undefined, rounds: ReadonlyArray<LearningRound>): string => {
  const low = lowQueries(rounds)
  return section(
    "What each stage learnt from",
    planned === undefined ? "" : lessons(planned, rounds),
    dataTable(rounds),
    low === undefined ? "" : element("div", { class: "plots few space" }, figure(low))
  )
}

const curves = (rounds: ReadonlyArray<LearningRound>): ReadonlyArray<string> => {
  const stages = learningCurves(rounds)
  return stages.length === 0 ? [] : [section("How each stage trained", ...stages.flatMap(stageCurves))]
}

const stageCurves = ({ curves, rollouts, rounds, stage }: StageCurves): ReadonlyArray<string> => [
  textElement("h4", {}, `${stageTitles[stage]}${rounds > 1 ? `, ${rounds} rounds one after the other` : ""}`),
  element("div", { class: "plots" }, ...curves.map(curveFigure), rollouts === undefined ? "" : figure(rollouts))
]

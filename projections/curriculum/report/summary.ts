import type { CurriculumStep } from "../../../events/curriculum.ts"
import type { PolicyFolder } from "../../../events/training.ts"
import { count, percent } from "../../evaluation/format.ts"
import type { Measures } from "../../evaluation/measures.ts"
import { element, textElement } from "../../evaluation/report/markup.ts"
import type { StageResult } from "../stages.ts"
import { stageTitles } from "../stageTable.ts"
import type { CurriculumPlanned } from "./plan.ts"
import { type CurriculumRecord, isPolicyStage } from "./record.ts"
import type { LearningRound } from "./rounds.ts"

type Fact = readonly [name: string, value: string]

/** The head of the page: which curriculum this is, how far it got, and what it was begun with. */
export const header = (
  record: CurriculumRecord,
  planned: CurriculumPlanned | undefined,
  rounds: ReadonlyArray<LearningRound>
): string =>
  element(
    "header",
    {},
    textElement("h1", {}, `Curriculum ${record.name}`),
    textElement("p", { class: "soft" }, introduction(record)),
    element(
      "dl",
      { class: "facts" },
      ...facts(record, planned, rounds).map(([name, value]) =>
        element("div", {}, textElement("dt", {}, name), textElement("dd", {}, value))
      )
    )
  )

const parts = {
  base: "",
  student: "a small judge learns from the configured one",
  sft: "imitation (SFT)",
  dpo: "alignment (DPO)",
  grpo: "generalization (GRPO)"
} as const

const introduction = ({ started }: CurriculumRecord): string => {
  const stages = [...new Set(started.steps.map(({ stage }) => stage))].filter((stage) => stage !== "base")
  return `One policy, taken through ${stages.map((stage) => parts[stage]).join(", then ")}.`
}

const facts = (
  { began, completed, requested, started }: CurriculumRecord,
  planned: CurriculumPlanned | undefined,
  rounds: ReadonlyArray<LearningRound>
): ReadonlyArray<Fact> => {
  const training = rounds.flatMap(({ training }) => training ?? []).at(-1)
  const last = completed?.policies.findLast(({ stage }) => isPolicyStage(stage))?.policy
  return [
    ["State", completed === undefined ? standing(requested, started.steps.length) : `completed ${day(completed.at)}`],
    ["Began", day(began)],
    ["Policy", started.policy === undefined ? "kept by a server" : folder(started.policy)],
    ...(training?.started === undefined
      ? []
      : ([
          ["Parameters", count(training.started.parameters.total)],
          ["Trained by", training.started.executor]
        ] satisfies ReadonlyArray<Fact>)),
    ...(last === undefined ? [] : [["Final policy", folder(last)] satisfies Fact]),
    ...(planned === undefined
      ? []
      : ([
          ["Seed", String(planned.seed)],
          ["Retriever", `${planned.retriever}, ${planned.topK} documents a query`],
          ["Judge", planned.judge],
          ["Refiner", planned.refiner]
        ] satisfies ReadonlyArray<Fact>)),
    ["Configuration", started.configHash.slice(0, 12)],
    ["Software", `${started.software.version}, Node ${started.software.node.replace(/^v/, "")}`]
  ]
}

/** `2026-01-31T10:20:30Z` as `2026-01-31 10:20 UTC`. */
const day = (time: string): string => `${time.slice(0, 16).replace("T", " ")} UTC`

const folder = ({ folder, sha256 }: PolicyFolder): string => `${folder} (${sha256.slice(0, 12)})`

const standing = (requested: ReadonlyArray<CurriculumStep>, all: number): string => {
  const due = requested.at(-1)
  return due === undefined ? `at its beginning, ${all} steps` : `at ${due.id}, step ${requested.length} of ${all}`
}

/** The few figures to look at first: what the last stage reached, and how far that is from the first one. */
export const tiles = (results: ReadonlyArray<StageResult>): string => {
  const stages = results.filter(({ stage }) => isPolicyStage(stage))
  const [first, last] = [stages[0], stages.at(-1)]
  if (first === undefined || last === undefined) return ""
  const figures = last.sets.flatMap(({ measures, set }, place) => {
    const before = first === last ? undefined : first.sets.find((one) => one.set === set)?.measures
    const shown = place === 0 ? mainFigures : mainFigures.slice(0, 1)
    return shown.map(([name, value]) => ({
      value: percent(value(measures)),
      name: `${name}, ${set}`,
      gain: before && `${points(value(measures) - value(before))} since ${stageTitles[first.stage]}`
    }))
  })
  return element(
    "ul",
    { class: "tiles", "aria-label": `Main figures after ${stageTitles[last.stage]}` },
    ...figures.map(({ gain, name, value }) =>
      element(
        "li",
        {},
        textElement("b", {}, value),
        textElement("span", {}, name),
        gain === undefined ? "" : textElement("span", { class: "gain" }, gain)
      )
    )
  )
}

const mainFigures: ReadonlyArray<readonly [name: string, value: (measures: Measures) => number]> = [
  ["exact match", ({ em }) => em],
  ["F1", ({ f1 }) => f1],
  ["perfect", ({ perfectRate }) => perfectRate],
  ["S_E", ({ searchEfficiency }) => searchEfficiency]
]

/** A difference of two shares in points of percent, with its sign. */
const points = (difference: number): string => `${difference < 0 ? "−" : "+"}${percent(Math.abs(difference))}`

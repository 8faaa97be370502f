import { parseCombination } from "../method/combination.ts"
import { type Finding, finding } from "./issues.ts"
import { didYouMean } from "./problems.ts"
import type { Settings } from "./settings.ts"

/** What no single key can know: whether the parts of a configuration fit together. */
export const checkSettings = (settings: Settings): ReadonlyArray<Finding> => [
  ...modelFindings(settings),
  ...datasetFindings(settings),
  ...scoringFindings(settings),
  ...brokerFindings(settings)
]

const modelFindings = (settings: Settings): ReadonlyArray<Finding> => {
  const known = Object.keys(settings.models)
  return modelUses(settings)
    .filter(({ model }) => !known.includes(model))
    .map(({ at, model }) => finding(at, `no model "${model}" in models${didYouMean(model, known)}`))
}

/** The models that a run calls, and the keys that name them. */
export const modelUses = (
  settings: Settings
): ReadonlyArray<{ readonly at: ReadonlyArray<string>; readonly model: string }> => [
  { at: ["policy", "model"], model: settings.policy.model },
  ...(settings.judge.kind === "llm" ? [{ at: ["judge", "model"], model: settings.judge.model }] : []),
  ...(settings.studentJudge === undefined
    ? []
    : [{ at: ["studentJudge", "model"], model: settings.studentJudge.model }]),
  ...(settings.refinement.refiner.kind === "llm"
    ? [{ at: ["refinement", "refiner", "model"], model: settings.refinement.refiner.model }]
    : [])
]

const datasetFindings = ({ questions }: Settings): ReadonlyArray<Finding> =>
  questions.flatMap(({ dataset }, index) =>
    questions.findIndex((other) => other.dataset === dataset) < index
      ? [finding(["questions", index, "dataset"], `"${dataset}" is taken: each source needs a name of its own`)]
      : []
  )

const scoringFindings = ({ scoring, studentJudge }: Settings): ReadonlyArray<Finding> => {
  const parsed = parseCombination(scoring.combine)
  if (!parsed.ok) {
    return [finding(["scoring", "combine"], `${parsed.message}, at character ${parsed.at + 1} of "${scoring.combine}"`)]
  }
  const { scorers } = parsed.combination
  return [
    ...(scorers.includes("student") && studentJudge === undefined
      ? [finding(["scoring", "combine"], "it waits for the scores of `student`, but there is no studentJudge")]
      : []),
    ...Object.keys(scoring.thresholds)
      .filter((scorer) => !scorers.includes(scorer))
      .map((scorer) =>
        finding(["scoring", "thresholds", scorer], `scoring.combine names no such scorer${didYouMean(scorer, scorers)}`)
      )
  ]
}

const brokerFindings = ({ broker }: Settings): ReadonlyArray<Finding> => {
  if (broker.kind === "embedded") return []
  const ways = (["tokenEnv", "user", "nkeySeedEnv", "credsFile"] as const).filter((key) => broker[key] !== undefined)
  return [
    ...(ways.length > 1 ? [finding(["broker", ways[1] ?? ""], `only one of ${ways.join(", ")} can be given`)] : []),
    ...((broker.user === undefined) === (broker.passwordEnv === undefined)
      ? []
      : [finding(["broker"], "user and passwordEnv go together")]),
    ...((broker.tls?.certFile === undefined) === (broker.tls?.keyFile === undefined)
      ? []
      : [finding(["broker", "tls"], "certFile and keyFile go together")])
  ]
}

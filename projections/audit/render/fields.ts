import type { ModelExchange } from "../../../events/shapes.ts"
import type { Field } from "../../text/fields.ts"
import type {
  AssessmentDetails,
  CompletionDetails,
  DetailsByType,
  QueryDetails,
  RequestDetails,
  RetrievalDetails,
  RetrievedDocument,
  ScoreDetails
} from "../details.ts"
import type { StoryEntry, Subject } from "../story.ts"

/** What decides how much is shown. */
export interface FieldOptions {
  readonly subject: Subject
  /** Long texts, such as prompts, whole. */
  readonly full: boolean
  /** Sequences of the story's events by their ids. */
  readonly places: ReadonlyMap<string, number>
}

/** The details of an entry as names and texts. What the headline says already is not said again. */
export const fieldsOf = (entry: StoryEntry, options: FieldOptions): ReadonlyArray<Field> =>
  detailsOf(entry, options).filter(([, text]) => text !== "")

const detailsOf = (entry: StoryEntry, options: FieldOptions): ReadonlyArray<Field> => {
  switch (entry.type) {
    case "RunStarted":
      return runFields(entry.details)
    case "RolloutRequested":
      return requestFields(entry.details, options)
    case "QueryIssued":
      return queryFields(entry.details, options)
    case "DocumentsRetrieved":
      return retrievalFields(entry.details)
    case "QueryScored":
      return scoreFields(entry.details, options)
    case "ScoreOverridden":
      return [["reason", entry.details.reason]]
    case "TrajectoryCompleted":
      return completionFields(entry.details, options)
    case "TrajectoryFailed":
      return [["detail", entry.details.detail]]
    case "OutcomeScored":
      return outcomeFields(entry.details)
    case "TrajectoryAssessed":
      return assessmentFields(entry.details, options)
    case "QueryRefined":
      return refinementFields(entry.details, entry.details.explanation, options)
    case "RefinementFailed":
      return refinementFields(entry.details, "", options)
    case "MessageParked":
      return [
        ["error", entry.details.error],
        ["event", entry.details.eventId ?? "unreadable"]
      ]
    case "ActorRegistered":
      return [
        ["module", `${entry.details.module.path}, sha256 ${entry.details.module.sha256.slice(0, 12)}`],
        ["handles", entry.details.consumes.join(", ")]
      ]
    case "ActorRetired":
      return [["reason", entry.details.reason]]
    case "DatasetBuilt":
      return [
        ["location", entry.details.location],
        ["made by", `${entry.details.projection.name} ${entry.details.projection.version}, ${entry.details.format}`]
      ]
  }
}

const runFields = ({
  retriever,
  refinement,
  configHash,
  software
}: DetailsByType["RunStarted"]): ReadonlyArray<Field> => [
  ["retriever", `${retriever.name}, ${retriever.fingerprint.slice(0, 12)}`],
  [
    "refinement",
    refinement.enabled ? `to depth ${refinement.maxDepth}, ${refinement.maxBranches} branches at most` : "none"
  ],
  ["configuration", configHash.slice(0, 12)],
  ["software", `${software.version}, Node ${software.node}`]
]

/** A relative's request says nothing new but that it was made. */
const requestFields = (
  { trajectoryId, question, settings, prefix = "" }: RequestDetails,
  { subject, full }: FieldOptions
): ReadonlyArray<Field> =>
  trajectoryId !== subject.trajectoryId
    ? []
    : [
        ["question", question.question],
        ["from", `${question.dataset} ${question.id}`],
        ["gold answer", question.goldenAnswers.join(" | ")],
        ["evidence", question.evidence?.titles.join(" | ") ?? ""],
        [
          "policy",
          `${settings.policy}, temperature ${settings.sampling.temperature}, ${settings.maxTurns} turns at most`
        ],
        ["retriever", `${settings.retriever}, ${settings.topK} documents a query`],
        ["prefix", full ? prefix : ""]
      ]

const queryFields = ({ queryId, written = "" }: QueryDetails, { full }: FieldOptions): ReadonlyArray<Field> => [
  ["id", queryId],
  ["written", excerpt(written, full)]
]

const retrievalFields = ({ retriever, latencyMs, documents }: RetrievalDetails): ReadonlyArray<Field> => [
  ["retriever", `${retriever.name}, ${Math.round(latencyMs)} ms`],
  ["documents", documents.map((document, i) => `${i + 1}. ${documentText(document)}`).join("\n")]
]

const documentText = ({ id, title, gold, knownFrom }: RetrievedDocument): string => {
  const remarks = [
    ...(gold === true ? ["gold"] : []),
    ...(knownFrom.length > 0 ? [`known from round ${knownFrom.join(", ")}`] : [])
  ]
  return `${title} [${id}]${remarks.length === 0 ? "" : `: ${remarks.join(", ")}`}`
}

const scoreFields = ({ scorer, explanation, evidence }: ScoreDetails, options: FieldOptions): ReadonlyArray<Field> => [
  ["scorer", `${scorer.name} ${scorer.version}`],
  ["explanation", explanation],
  ["overlap", evidence.overlap?.join(", ") ?? ""],
  ["gold found", evidence.gold?.retrieved.join(", ") ?? ""],
  ["gold, new", evidence.gold?.fresh.join(", ") ?? ""],
  ["note", evidence.note === undefined ? "" : JSON.stringify(evidence.note)],
  ...exchangeFields(evidence.exchange, options)
]

const completionFields = ({ turns, transcript }: CompletionDetails, { full }: FieldOptions): ReadonlyArray<Field> => [
  ["generations", String(turns)],
  ["transcript", full ? transcript : ""]
]

const outcomeFields = (outcome: DetailsByType["OutcomeScored"]): ReadonlyArray<Field> => [
  ["answer", outcome.prediction === "" ? "(none)" : outcome.prediction],
  ["gold answer", outcome.goldenAnswers.join(" | ")],
  ["measures", `precision ${outcome.precision.toFixed(2)}, recall ${outcome.recall.toFixed(2)}, acc ${outcome.acc}`],
  ["format", outcome.formatProblem ?? ""]
]

const assessmentFields = (
  { assessments }: AssessmentDetails,
  { subject, places }: FieldOptions
): ReadonlyArray<Field> =>
  assessments
    .filter(({ queryId }) => subject.kind === "trajectory" || queryId === subject.queryId)
    .flatMap(
      ({ round, quality, feedback, scoreIds }): ReadonlyArray<Field> => [
        [`round ${round}`, feedback === "" ? quality : `${quality}: ${feedback}`],
        ["rests on", subject.kind === "query" ? scoreIds.map((id) => placeOf(id, places)).join(", ") : ""]
      ]
    )

const placeOf = (eventId: string, places: FieldOptions["places"]): string => {
  const sequence = places.get(eventId)
  return sequence === undefined ? eventId : `#${sequence}`
}

const refinementFields = (
  { refiner, feedback, exchange }: DetailsByType["RefinementFailed"] | DetailsByType["QueryRefined"],
  explanation: string,
  options: FieldOptions
): ReadonlyArray<Field> => [
  ["because", feedback],
  ["refiner", `${refiner.name} ${refiner.version}`],
  ["explanation", explanation],
  ...exchangeFields(exchange, options)
]

const exchangeFields = (exchange: ModelExchange | undefined, { full }: FieldOptions): ReadonlyArray<Field> => {
  if (exchange === undefined) return []
  const { model, system, user, reply, attempts, latencyMs, promptTokens, completionTokens } = exchange
  const tokens = [
    ...(promptTokens === undefined ? [] : [`${promptTokens} tokens read`]),
    ...(completionTokens === undefined ? [] : [`${completionTokens} written`])
  ]
  return [
    ["model", [model, `attempt ${attempts}`, `${Math.round(latencyMs)} ms`, ...tokens].join(", ")],
    ["system", excerpt(system, full)],
    ["prompt", excerpt(user, full)],
    ["reply", reply]
  ]
}

/** Characters at either end that an excerpt keeps. */
const kept = 300

const excerpt = (text: string, full: boolean): string => {
  const trimmed = text.trim()
  if (full || trimmed.length <= 2 * kept + 80) return trimmed
  const left = trimmed.slice(0, kept).trimEnd()
  const right = trimmed.slice(-kept).trimStart()
  return `${left}\n[… ${trimmed.length - left.length - right.length} characters left out …]\n${right}`
}

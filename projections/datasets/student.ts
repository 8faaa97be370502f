import { Schema } from "effect"
import type { AnyEvent } from "../../events/envelope.ts"
import type { ModelExchange } from "../../events/shapes.ts"
import { demonstrationFormats } from "../formats/demonstration.ts"
import type { AssessedTrajectory } from "../history/assessment.ts"
import { evolveHistory, historyEvents, sharedHistoryEvents } from "../history/fold.ts"
import { emptyHistory, type History, type ScorerRecord } from "../history/history.ts"
import { compareText } from "../history/order.ts"
import { refinementsOf } from "../history/refinements.ts"
import { type AssessedQuestion, keyIn, placeOf } from "./assessed.ts"
import { briefLessons } from "./briefLessons.ts"
import { type Decision, defineDataset } from "./dataset.ts"
import type { DemonstrationRow } from "./rows.ts"
import { datasetSettings } from "./settings.ts"

export const studentSettings = datasetSettings(
  {
    /** Whether the student learns to judge queries, to refine them, or both, as in the paper. */
    task: Schema.Literals(["score", "refine", "both"]),
    /**
     * `recorded`: what teacher models were asked and replied. `brief`: what a small student is asked, with the scores and queries
     * of the teacher, which need not be a model.
     */
    prompt: Schema.Literals(["recorded", "brief"])
  },
  { task: "both", prompt: "recorded" }
)
export type StudentConfig = typeof studentSettings.schema.Type

export interface StudentState {
  readonly history: History
  /** What models were asked and replied, by the id of the event that tells it. */
  readonly exchanges: Map<string, ModelExchange>
}

/**
 * What a small model learns the teacher's judging and refining from (paper, teacher and student): the prompts that the
 * teacher was given and the replies that could be read, or brief prompts and the replies that say the same. A recorded
 * judgement that a person corrected to another score is not taught; in brief, the person's score is.
 */
export const student = defineDataset<StudentState, StudentConfig, DemonstrationRow>({
  name: "student",
  version: 1,
  consumes: historyEvents,
  shared: sharedHistoryEvents,
  init: () => ({ history: emptyHistory(), exchanges: new Map() }),
  evolve: (state, event) => {
    evolveHistory(state.history, event)
    const exchange = exchangeOf(event)
    if (exchange !== undefined) state.exchanges.set(event.id, exchange)
    return state
  },
  historyOf: ({ history }) => history,
  settings: studentSettings,
  formats: demonstrationFormats("student"),
  defaultFormats: ["alpaca"],
  decide: (assessed, config, { exchanges }) => {
    const taught = assessed.trajectories.map((candidate) => ({
      candidate,
      rows:
        config.prompt === "brief"
          ? briefLessons(assessed, candidate, config.task)
          : lessonsOf(assessed, candidate, config).flatMap((lesson) => rowOf(assessed, lesson, exchanges))
    }))
    return {
      rows: taught.flatMap(({ rows }) => rows),
      decisions: () => taught.map(({ candidate, rows }) => decisionOf(assessed, candidate, rows, config))
    }
  }
})

const exchangeOf = (event: AnyEvent): ModelExchange | undefined => {
  if (event.type === "QueryScored") return event.data.evidence.exchange
  return event.type === "QueryRefined" ? event.data.exchange : undefined
}

/** Something a teacher may have done for a query. */
interface Lesson {
  readonly eventId: string
  readonly trajectoryId: string
  readonly queryId: string
}

/** Round by round the judgements, by scorer name, and then the refinement. */
const lessonsOf = (
  { question }: AssessedQuestion,
  { trajectory }: AssessedTrajectory,
  { task }: StudentConfig
): ReadonlyArray<Lesson> =>
  trajectory.rounds
    .filter(({ kind }) => kind === "issued")
    .flatMap(({ queryId }) => {
      const scorers = [...(question.scores.get(queryId) ?? [])].sort(([left], [right]) => compareText(left, right))
      const scores = scorers.flatMap(([, record]) => teachable(record))
      const refinements = refinementsOf(question, queryId).map(({ eventId }) => eventId)
      const events = [...(task === "refine" ? [] : scores), ...(task === "score" ? [] : refinements)]
      return events.map((eventId) => ({ eventId, queryId, trajectoryId: trajectory.trajectoryId }))
    })

const teachable = ({ score, overrides }: ScorerRecord): ReadonlyArray<string> => {
  if (score?.result.kind !== "value") return []
  const correction = overrides.at(-1)
  return correction === undefined || correction.score === score.result.score ? [score.eventId] : []
}

const rowOf = (
  assessed: AssessedQuestion,
  { eventId, trajectoryId, queryId }: Lesson,
  exchanges: ReadonlyMap<string, ModelExchange>
): ReadonlyArray<DemonstrationRow> => {
  const exchange = exchanges.get(eventId)
  if (exchange === undefined) return []
  const { system, user, reply } = exchange
  return [
    {
      id: `student-${eventId}`,
      place: placeOf(assessed),
      lineage: { trajectories: [trajectoryId], queries: [queryId], events: [eventId] },
      prompt: { system, user },
      target: { text: reply, loss: [{ start: 0, end: reply.length }] }
    }
  ]
}

const decisionOf = (
  assessed: AssessedQuestion,
  candidate: AssessedTrajectory,
  rows: ReadonlyArray<DemonstrationRow>,
  { prompt }: StudentConfig
): Decision => ({
  key: keyIn(assessed, candidate),
  included: rows.length > 0,
  rowIds: rows.map(({ id }) => id),
  reasons: [reasonOf(rows.length, prompt)]
})

const reasonOf = (count: number, prompt: StudentConfig["prompt"]): string => {
  if (prompt === "brief") {
    return count > 0
      ? `scores and refinements of its own queries: ${count}`
      : "none of its own queries has a readable score of usefulness or a refinement"
  }
  return count > 0
    ? `${count} readable replies of models about its own queries`
    : "no model gave a readable reply about its own queries, or a person corrected what it said"
}

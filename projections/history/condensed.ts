import type { Question, RolloutSettings } from "../../events/shapes.ts"
import type {
  FailedTrajectory,
  History,
  QuestionHistory,
  Refinement,
  Run,
  Score,
  ScorerRecord,
  Trajectory
} from "./history.ts"

/**
 * Histories as JSON, without the long texts of their trajectories, which are most of their bytes and which few readers
 * of a history look at. Who expands a condensed history says where the texts are to be had.
 */

/** What is left out of a condensed trajectory. */
export type LongTexts = Pick<Trajectory, "transcript" | "turns">

/** Gets the long texts of a trajectory, each when somebody first looks at it. */
export type TextReader<Place> = { readonly [Text in keyof LongTexts]: (place: Place) => LongTexts[Text] }

/** A question's part of a history, as plain JSON. `Place` is where the long texts of a trajectory are. */
export interface CondensedQuestion<Place> {
  readonly correlationId: string
  readonly runId: string
  readonly question: Question | null
  readonly trajectories: ReadonlyArray<CondensedTrajectory<Place>>
  readonly failures: ReadonlyArray<FailedTrajectory>
  /** By query, then by scorer. */
  readonly scores: ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, CondensedRecord]>]>
  readonly refinements: ReadonlyArray<Refinement>
}

interface CondensedTrajectory<Place> extends Omit<Trajectory, keyof LongTexts | "settings"> {
  /** Index in the table of settings. */
  readonly settings: number
  readonly texts: Place
}

interface CondensedRecord extends Pick<ScorerRecord, "overrides"> {
  readonly score: (Omit<Score, "overlap"> & { readonly overlap: number | null }) | null
}

/** What all questions of a condensed history share. */
export interface CondensedCommons {
  readonly runs: ReadonlyArray<Run>
  readonly settings: ReadonlyArray<RolloutSettings>
}

/** Condenses a history; `placeOf` says where the long texts of a trajectory can be read again. */
export const condense = <Place>(
  history: History,
  placeOf: (trajectory: Trajectory) => Place
): { readonly commons: CondensedCommons; readonly questions: ReadonlyArray<CondensedQuestion<Place>> } => {
  const settings = [...history.settings.values()]
  const numbers = new Map(settings.map((shared, number) => [shared, number]))
  const condenseTrajectory = (trajectory: Trajectory): CondensedTrajectory<Place> => {
    const { settings: shared, transcript: _transcript, turns: _turns, ...short } = trajectory
    return { ...short, settings: numbers.get(shared) ?? 0, texts: placeOf(trajectory) }
  }
  return {
    commons: { runs: [...history.runs.values()], settings },
    questions: Array.from(history.questions.values(), (question) => ({
      correlationId: question.correlationId,
      runId: question.runId,
      question: question.question ?? null,
      trajectories: Array.from(question.trajectories.values(), condenseTrajectory),
      failures: [...question.failures.values()],
      scores: Array.from(question.scores, ([queryId, byScorer]) => [queryId, Array.from(byScorer, condenseRecord)]),
      refinements: [...question.refinements.values()]
    }))
  }
}

const condenseRecord = ([scorer, { score, overrides }]: readonly [string, ScorerRecord]): readonly [
  string,
  CondensedRecord
] => [scorer, { score: score === undefined ? null : { ...score, overlap: score.overlap ?? null }, overrides }]

/**
 * Gives the history that was condensed, or that of some of its questions. A trajectory reads a long text when somebody first looks
 * at it.
 */
export const expander = <Place>(
  commons: CondensedCommons,
  reader: TextReader<Place>
): ((questions: Iterable<CondensedQuestion<Place>>) => History) => {
  const runs = commons.runs.map((run) => [run.runId, run] as const)
  const settings = commons.settings.map((shared) => [JSON.stringify(shared), shared] as const)
  const trajectoryOf = ({ settings: number, texts, ...short }: CondensedTrajectory<Place>): Trajectory => {
    const shared = commons.settings[number]
    if (shared === undefined) throw new Error(`a condensed history has no settings ${number}`)
    return withTexts({ ...short, settings: shared }, texts, reader)
  }
  const questionOf = (condensed: CondensedQuestion<Place>): QuestionHistory => ({
    correlationId: condensed.correlationId,
    runId: condensed.runId,
    question: condensed.question ?? undefined,
    trajectories: new Map(condensed.trajectories.map((each) => [each.trajectoryId, trajectoryOf(each)])),
    failures: new Map(condensed.failures.map((failure) => [failure.trajectoryId, failure])),
    scores: new Map(condensed.scores.map(([queryId, byScorer]) => [queryId, new Map(byScorer.map(expandRecord))])),
    refinements: new Map(condensed.refinements.map((refinement) => [refinement.eventId, refinement]))
  })
  return (questions) => {
    const history: History = { runs: new Map(runs), questions: new Map(), settings: new Map(settings) }
    for (const question of questions) history.questions.set(question.correlationId, questionOf(question))
    return history
  }
}

/** The getters are own and enumerable, so that whoever copies the trajectory copies its texts. */
const withTexts = <Place>(
  short: Omit<Trajectory, keyof LongTexts>,
  place: Place,
  reader: TextReader<Place>
): Trajectory => {
  let transcript: LongTexts["transcript"] | undefined
  let turns: LongTexts["turns"] | undefined
  return {
    ...short,
    get transcript() {
      transcript ??= reader.transcript(place)
      return transcript
    },
    get turns() {
      turns ??= reader.turns(place)
      return turns
    }
  }
}

const expandRecord = ([scorer, { score, overrides }]: readonly [string, CondensedRecord]): readonly [
  string,
  ScorerRecord
] => [scorer, { score: score === null ? undefined : { ...score, overlap: score.overlap ?? undefined }, overrides }]

import type { AnyEvent } from "../../events/envelope.ts"
import { ofType } from "./events.ts"

/**
 * The paper's rules a second time, written from its text and over raw events, with nothing of the system's own code: what
 * the datasets must hold is not asked of the code that fills them.
 */
export interface Rules {
  /** K: documents of earlier rounds that a novel query may retrieve again. */
  readonly maxOverlap: number
  /** F1 from which an answer is correct. */
  readonly correctFrom: number
  /** Scorers that all must be content with a query. */
  readonly scorers: ReadonlyArray<string>
}

export const paper: Rules = { maxOverlap: 1, correctFrom: 0.8, scorers: ["novelty", "usefulness"] }

/** A trajectory as far as datasets are concerned. */
export interface Judged {
  readonly id: string
  readonly transcript: string
  readonly initial: boolean
  readonly correct: boolean
  readonly formatOk: boolean
  /** Queries of high and of low quality. */
  readonly high: number
  readonly low: number
}

/** The trajectories of each question; questions by benchmark and id, trajectories by their place in the tree. */
export const judge = (events: ReadonlyArray<AnyEvent>, rules: Rules): ReadonlyArray<ReadonlyArray<Judged>> => {
  const isHigh = highQueries(events, rules)
  const outcomes = new Map(ofType(events, "OutcomeScored").map(({ data }) => [data.trajectoryId, data]))
  const questions = new Map<string, Array<Judged & { readonly place: string }>>()
  for (const { data } of ofType(events, "TrajectoryCompleted")) {
    const outcome = outcomes.get(data.trajectoryId)
    if (outcome === undefined) throw new Error(`${data.trajectoryId} has no outcome`)
    const { dataset, id } = data.question
    const key = `${dataset}\n${id}`
    const high = data.rounds.filter(({ queryId }) => isHigh(queryId)).length
    const trajectory = {
      id: data.trajectoryId,
      transcript: data.transcript,
      place: [data.sample, ...data.branch].join("."),
      initial: data.branch.length === 0,
      correct: outcome.f1 >= rules.correctFrom,
      formatOk: outcome.formatOk,
      high,
      low: data.rounds.length - high
    }
    questions.set(key, [...(questions.get(key) ?? []), trajectory])
  }
  return [...questions.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, trajectories]) => trajectories.toSorted((left, right) => (left.place < right.place ? -1 : 1)))
}

const highQueries = (events: ReadonlyArray<AnyEvent>, rules: Rules): ((queryId: string) => boolean) => {
  const content = new Map<string, boolean>()
  for (const { data } of ofType(events, "QueryScored")) {
    const key = `${data.scorer.name} ${data.queryId}`
    if (content.has(key)) continue
    const { overlap } = data.evidence
    const isContent =
      data.scorer.name === "novelty"
        ? (overlap?.length ?? 0) <= rules.maxOverlap
        : data.result.kind === "value" && data.result.score === 1
    content.set(key, isContent)
  }
  return (queryId) => rules.scorers.every((scorer) => content.get(`${scorer} ${queryId}`) === true)
}

/** Imitation: what the policy sampled itself, in the right format, with a correct answer and no bad query. */
export const imitated = (questions: ReadonlyArray<ReadonlyArray<Judged>>): ReadonlyArray<Judged> =>
  questions.flat().filter(({ initial, formatOk, correct, low }) => initial && formatOk && correct && low === 0)

/** Ids of the chosen and the rejected trajectory. */
export type Pairs = ReadonlyArray<ReadonlyArray<string>>

/** Whether one trajectory is preferred: by its outcome, else by its queries. */
const isBetter = (left: Judged, right: Judged): boolean => {
  if (left.correct !== right.correct) return left.correct
  return left.correct ? left.low < right.low : left.high > right.high
}

/** Preference by the full order: an initial trajectory against the best and the worst branch of its question. */
export const preferredByPaper = (questions: ReadonlyArray<ReadonlyArray<Judged>>): Pairs =>
  questions.flatMap((trajectories) => {
    const branches = trajectories.filter(({ initial }) => !initial)
    const [best] = branches.filter((branch) => !branches.some((other) => isBetter(other, branch)))
    const [worst] = branches.filter((branch) => !branches.some((other) => isBetter(branch, other)))
    return trajectories
      .filter(({ initial }) => initial)
      .flatMap((initial) => [
        ...(best !== undefined && isBetter(best, initial) ? [[best.id, initial.id]] : []),
        ...(worst !== undefined && isBetter(initial, worst) ? [[initial.id, worst.id]] : [])
      ])
  })

/** Preference as the public code pairs: only where the outcomes differ. */
export const preferredByReference = (questions: ReadonlyArray<ReadonlyArray<Judged>>): Pairs =>
  questions.flatMap((trajectories) => {
    const branches = trajectories.filter(({ initial }) => !initial)
    const leastHigh = branches.filter(({ correct }) => !correct).toSorted((left, right) => left.high - right.high)[0]
    const leastLow = branches.filter(({ correct }) => correct).toSorted((left, right) => left.low - right.low)[0]
    return trajectories
      .filter(({ initial }) => initial)
      .flatMap((initial): Pairs => {
        if (initial.correct) return leastHigh === undefined ? [] : [[initial.id, leastHigh.id]]
        return leastLow === undefined ? [] : [[leastLow.id, initial.id]]
      })
  })

/** The reward in tenths, so that it is compared without rounding. */
export const rewardTenths = ({ correct, low, high, formatOk }: Judged): number =>
  (correct ? Math.max(10 - low, 7) : Math.min(high, 3)) + (formatOk ? 1 : 0)

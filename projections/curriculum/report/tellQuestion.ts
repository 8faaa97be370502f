import { Result } from "effect"
import type { CurriculumStage } from "../../../events/curriculum.ts"
import type { AnyEvent } from "../../../events/envelope.ts"
import type { EventType } from "../../../events/registry.ts"
import { paperRules, type ScoreOfRound, type ScoringRules, verdictOf } from "../../../method/assess.ts"
import type { Verdict } from "../../../method/combination.ts"
import { titleOf } from "../../../method/document.ts"
import { type AssessedRound, assessTrajectory } from "../../history/assessment.ts"
import { foldHistory, historyEvents } from "../../history/fold.ts"
import { emptyHistory, type History } from "../../history/history.ts"
import { compareText } from "../../history/order.ts"
import { scoringRules } from "../../history/rules.ts"
import { type AskedQuestion, questionsOf, trajectoriesOf } from "../../history/trees.ts"
import type { QuestionChoice } from "./pickQuestion.ts"

/** One question, and how the policy of each stage went about it. */
export interface QuestionStory {
  readonly set: string
  readonly dataset: string
  readonly questionId: string
  readonly question: string
  readonly goldenAnswers: ReadonlyArray<string>
  readonly attempts: ReadonlyArray<Attempt>
}

/** A trajectory, round by round. */
export interface Attempt {
  readonly stage: CurriculumStage
  readonly trajectoryId: string
  readonly rounds: ReadonlyArray<RoundTold>
  readonly prediction: string
  readonly em: number
  readonly f1: number
}

export interface RoundTold {
  readonly round: number
  readonly queryId: string
  readonly query: string
  /** S_t. */
  readonly quality: Verdict
  /** What each scorer made of the query, those that count first. */
  readonly scores: ReadonlyArray<{ readonly scorer: string; readonly verdict: Verdict; readonly explanation: string }>
  /** Of the documents that were found, best first; their ids where the log does not hold the retrieval. */
  readonly titles: ReadonlyArray<string>
}

/** The events that the story of a question is told from. */
export const storyEvents = [...historyEvents, "DocumentsRetrieved"] as const satisfies ReadonlyArray<EventType>

/** The story of a question, from the events of the runs that asked it; undefined when these tell nothing of it. */
export const tellQuestion = (
  { set, dataset, questionId, asked }: QuestionChoice,
  events: ReadonlyArray<AnyEvent>
): QuestionStory | undefined => {
  const history = foldHistory(emptyHistory(), events)
  const titles = titlesByQuery(events)
  const found = questionsOf(history).filter(
    ({ question }) => question.dataset === dataset && question.id === questionId
  )
  const [first] = found
  if (first === undefined) return undefined
  const { question, goldenAnswers } = first.question
  const attempts = asked.flatMap(({ runId, stage }) =>
    found.filter((one) => one.runId === runId).flatMap((one) => attemptOf(stage, one, history, titles))
  )
  return { set, dataset, questionId, question, goldenAnswers, attempts }
}

type Titles = ReadonlyMap<string, ReadonlyArray<string>>

const titlesByQuery = (events: ReadonlyArray<AnyEvent>): Titles =>
  new Map(
    events.flatMap((event) =>
      event.type === "DocumentsRetrieved"
        ? [[event.data.queryId, event.data.documents.map(({ contents }) => titleOf(contents))] as const]
        : []
    )
  )

const attemptOf = (
  stage: CurriculumStage,
  question: AskedQuestion,
  history: History,
  titles: Titles
): ReadonlyArray<Attempt> => {
  const rules = rulesOf(history, question.runId)
  const [trajectory] = trajectoriesOf(question).filter(({ branch }) => branch.length === 0)
  if (trajectory === undefined) return []
  const { answer, rounds } = assessTrajectory(question, trajectory, rules)
  return [
    {
      stage,
      trajectoryId: trajectory.trajectoryId,
      rounds: rounds.map((round) => roundTold(round, rules, titles)),
      prediction: trajectory.answer,
      em: answer.em,
      f1: answer.f1
    }
  ]
}

const rulesOf = (history: History, runId: string): ScoringRules => {
  const run = history.runs.get(runId)
  return run === undefined ? paperRules : Result.getOrElse(scoringRules(run.started.scoring), () => paperRules)
}

const roundTold = ({ round, quality, scores }: AssessedRound, rules: ScoringRules, titles: Titles): RoundTold => ({
  round: round.round,
  queryId: round.queryId,
  query: round.query,
  quality,
  scores: inOrder(scores, rules).map(([scorer, score]) => ({
    scorer,
    verdict: verdictOf(scorer, score, rules),
    explanation: score.explanation.trim()
  })),
  titles: titles.get(round.queryId) ?? round.documentIds
})

/** The scorers that the combination names in its order, then all others by name. */
const inOrder = (scores: ReadonlyMap<string, ScoreOfRound>, { combination }: ScoringRules) => {
  const place = (scorer: string) => {
    const named = combination.scorers.indexOf(scorer)
    return named < 0 ? combination.scorers.length : named
  }
  return [...scores].sort(([left], [right]) => place(left) - place(right) || compareText(left, right))
}

import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { checkFormat } from "../method/answer.ts"
import { scoreAnswer } from "../method/answerScore.ts"
import { paperRules } from "../method/assess.ts"
import { assessTrajectory } from "../projections/history/assessment.ts"
import type { History } from "../projections/history/history.ts"
import { questionsOf, trajectoriesOf } from "../projections/history/trees.ts"

/** A trajectory as a rollout and a judge leave it, the way pipelines of scripts hand it on in one large JSON file. */
interface Judged {
  /** The question within its run. */
  readonly question_id: string
  readonly initial: boolean
  readonly question: string
  readonly golden_answer: ReadonlyArray<string>
  readonly system: string
  readonly response: string
  readonly pred: string
  /** Ids of what each round retrieved. */
  readonly retrieved: ReadonlyArray<ReadonlyArray<string>>
  /** Usefulness of each round's query. */
  readonly process_scores: ReadonlyArray<{ readonly score: "0" | "1"; readonly explanation: string }>
}

/** The same after another script has scored answers, formats and novelty. */
interface Scored extends Judged {
  /** Token F1. */
  readonly outcome_score: number
  readonly format: 0 | 1
  /** Documents of each round that earlier rounds had retrieved. */
  readonly redundancy: ReadonlyArray<number>
}

/** Writes the completed trajectories of a history into two files, judged and scored; answers how many there are. */
export const writeTrajectories = (
  files: { readonly judged: string; readonly scored: string },
  history: History
): number => {
  const judgedFile = openSync(files.judged, "w")
  const scoredFile = openSync(files.scored, "w")
  let written = 0
  for (const asked of questionsOf(history)) {
    for (const trajectory of trajectoriesOf(asked)) {
      const { answer, format, rounds } = assessTrajectory(asked, trajectory, paperRules)
      const judged: Judged = {
        question_id: asked.correlationId,
        initial: trajectory.branch.length === 0,
        question: asked.question.question,
        golden_answer: asked.question.goldenAnswers,
        system: trajectory.settings.system,
        response: trajectory.transcript,
        pred: trajectory.answer,
        retrieved: rounds.map(({ round }) => round.documentIds),
        process_scores: rounds.map(({ scores }) => {
          const usefulness = scores.get("usefulness")
          const score = usefulness?.kind === "value" && usefulness.value === 1 ? "1" : "0"
          return { score, explanation: usefulness?.explanation ?? "" }
        })
      }
      const scored: Scored = {
        ...judged,
        outcome_score: answer.f1,
        format: format.ok ? 1 : 0,
        redundancy: rounds.map(({ scores }) => overlapOf(scores.get("novelty")))
      }
      const separator = written === 0 ? "[" : ",\n"
      writeSync(judgedFile, separator + JSON.stringify(judged))
      writeSync(scoredFile, separator + JSON.stringify(scored))
      written++
    }
  }
  for (const file of [judgedFile, scoredFile]) {
    writeSync(file, "]\n")
    closeSync(file)
  }
  return written
}

const overlapOf = (score: { readonly kind: string; readonly overlap?: number } | undefined): number =>
  score?.overlap ?? 0

/** What is written: rows of each dataset. */
interface Rows {
  readonly sft: number
  readonly dpo: number
}

const load = <Row>(file: string): ReadonlyArray<Row> => JSON.parse(readFileSync(file, "utf8"))

/**
 * The straightforward script: loads the whole file, scores answers, formats and novelty, keeps what is to be imitated, pairs what is
 * to be preferred, and dumps both. It believes the judge's scores and explains nothing.
 */
export const rebuildFromJudged = (file: string, folder: string): Rows =>
  select(
    load<Judged>(file).map((judged) => ({
      ...judged,
      outcome_score: scoreAnswer(judged.pred, judged.golden_answer).f1,
      format: checkFormat(judged.response).ok ? 1 : 0,
      redundancy: repetitions(judged.retrieved)
    })),
    folder
  )

/** The same script for trajectories that were scored before, whose scores it believes too. */
export const rebuildFromScored = (file: string, folder: string): Rows => select(load<Scored>(file), folder)

/** How many documents of each round earlier rounds had retrieved. */
const repetitions = (retrieved: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<number> => {
  const seen = new Set<string>()
  return retrieved.map((ids) => {
    const repeated = new Set(ids.filter((id) => seen.has(id))).size
    for (const id of ids) seen.add(id)
    return repeated
  })
}

const select = (trajectories: ReadonlyArray<Scored>, folder: string): Rows => {
  const isGood = ({ process_scores, redundancy }: Scored, round: number) =>
    process_scores[round]?.score === "1" && (redundancy[round] ?? 0) <= 1
  const goodIn = (scored: Scored) => scored.redundancy.filter((_, round) => isGood(scored, round)).length
  const isCorrect = ({ outcome_score }: Scored) => outcome_score >= 0.8

  const sft = trajectories
    .filter(
      (scored) =>
        scored.initial && scored.format === 1 && isCorrect(scored) && goodIn(scored) === scored.redundancy.length
    )
    .map(({ question, response, system }) => ({ instruction: system, input: question, output: response }))

  const dpo: Array<object> = []
  for (const group of Map.groupBy(trajectories, ({ question_id }) => question_id).values()) {
    for (const initial of group.filter((scored) => scored.initial)) {
      const branches = group.filter((scored) => !scored.initial && isCorrect(scored) !== isCorrect(initial))
      const worth = (scored: Scored) =>
        isCorrect(initial) ? goodIn(scored) : scored.redundancy.length - goodIn(scored)
      const branch = branches.reduce<Scored | undefined>(
        (best, scored) => (best === undefined || worth(scored) < worth(best) ? scored : best),
        undefined
      )
      if (branch === undefined) continue
      const [chosen, rejected] = isCorrect(initial) ? [initial, branch] : [branch, initial]
      const { question, system } = initial
      dpo.push({ instruction: system, input: question, chosen: chosen.response, rejected: rejected.response })
    }
  }
  writeFileSync(join(folder, "sft.json"), JSON.stringify(sft))
  writeFileSync(join(folder, "dpo.json"), JSON.stringify(dpo))
  return { sft: sft.length, dpo: dpo.length }
}

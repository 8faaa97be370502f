import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { paperRules } from "../method/assess.ts"
import { assessTrajectory } from "../projections/history/assessment.ts"
import type { History } from "../projections/history/history.ts"
import { questionsOf, trajectoriesOf } from "../projections/history/trees.ts"

/** A trajectory with its scores, as pipelines of scripts hand it on in one large JSON file. */
interface Scored {
  /** The question within its run. */
  readonly question_id: string
  readonly initial: boolean
  readonly question: string
  readonly golden_answer: ReadonlyArray<string>
  readonly system: string
  readonly response: string
  readonly pred: string
  /** Token F1. */
  readonly outcome_score: number
  readonly format: 0 | 1
  /** Documents of each round that earlier rounds had retrieved. */
  readonly redundancy: ReadonlyArray<number>
  /** Usefulness of each round's query. */
  readonly process_scores: ReadonlyArray<{ readonly score: "0" | "1"; readonly explanation: string }>
}

/** Writes the completed trajectories of a history into one file; answers how many there are. */
export const writeScoredFile = (file: string, history: History): number => {
  const output = openSync(file, "w")
  let written = 0
  for (const asked of questionsOf(history)) {
    for (const trajectory of trajectoriesOf(asked)) {
      const { answer, format, rounds } = assessTrajectory(asked, trajectory, paperRules)
      const scored: Scored = {
        question_id: asked.correlationId,
        initial: trajectory.branch.length === 0,
        question: asked.question.question,
        golden_answer: asked.question.goldenAnswers,
        system: trajectory.settings.system,
        response: trajectory.transcript,
        pred: trajectory.answer,
        outcome_score: answer.f1,
        format: format.ok ? 1 : 0,
        redundancy: rounds.map(({ scores }) => overlapOf(scores.get("novelty"))),
        process_scores: rounds.map(({ scores }) => {
          const usefulness = scores.get("usefulness")
          const score = usefulness?.kind === "value" && usefulness.value === 1 ? "1" : "0"
          return { score, explanation: usefulness?.explanation ?? "" }
        })
      }
      writeSync(output, `${written === 0 ? "[" : ",\n"}${JSON.stringify(scored)}`)
      written++
    }
  }
  writeSync(output, "]\n")
  closeSync(output)
  return written
}

const overlapOf = (score: { readonly kind: string; readonly overlap?: number } | undefined): number =>
  score?.overlap ?? 0

/**
 * The straightforward script: loads the whole file, keeps what is to be imitated, pairs what is to be preferred, and dumps
 * both. It believes the file's scores and formats, and checks and explains nothing.
 */
export const rebuildFromFile = (file: string, folder: string): { readonly sft: number; readonly dpo: number } => {
  const trajectories: ReadonlyArray<Scored> = JSON.parse(readFileSync(file, "utf8"))
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

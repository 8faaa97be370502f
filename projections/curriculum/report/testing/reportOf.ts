import type { AnyEvent } from "../../../../events/envelope.ts"
import { evaluate } from "../../../evaluation/evaluate.ts"
import { evaluation } from "../../../evaluation/evaluation.ts"
import { training } from "../../../training/training.ts"
import type { CurriculumReport } from "../../report.ts"
import { assembleReport, chooseQuestion, type EvaluatedStep } from "../assemble.ts"
import { builtRows } from "../built.ts"
import type { CurriculumPlanned } from "../plan.ts"
import { curriculumRecords, runsOf } from "../record.ts"
import { tellQuestion } from "../tellQuestion.ts"

/** The report of the only curriculum of a log. */
export const reportOf = (events: ReadonlyArray<AnyEvent>, planned?: CurriculumPlanned): CurriculumReport => {
  const [record] = fold(events, curriculumRecords).values()
  if (record === undefined) throw new Error("expected a log of one curriculum, found none")
  const state = fold(events, evaluation)
  const runs = new Map<string, EvaluatedStep>()
  for (const runId of runsOf(record.started.steps)) {
    const rows = [...evaluation.rows(state, { runId })]
    runs.set(runId, { figures: evaluate(rows)[0], rows, started: state.history.runs.get(runId)?.started })
  }
  const choice = chooseQuestion(record.started.steps, runs)
  const story = choice && tellQuestion(choice, events)
  const report = assembleReport({
    record,
    ...(planned === undefined ? {} : { planned }),
    runs,
    built: fold(events, builtRows),
    trainings: [...training.rows(fold(events, training), {})]
  })
  return { ...report, ...(story === undefined ? {} : { story }) }
}

interface Fold<State> {
  readonly init: () => State
  readonly evolve: (state: State, event: AnyEvent, sequence: number) => State
}

const fold = <State>(events: ReadonlyArray<AnyEvent>, { evolve, init }: Fold<State>): State =>
  events.reduce((state, event, i) => evolve(state, event, i + 1), init())

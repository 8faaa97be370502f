import { Effect, Result } from "effect"
import { codec } from "../../../events/codec.ts"
import type { AnyEvent } from "../../../events/envelope.ts"
import { correlationId } from "../../../events/ids.ts"
import { collectScope } from "../../../projections/audit/collect.ts"
import { assembleReport, chooseQuestion, type EvaluatedStep } from "../../../projections/curriculum/report/assemble.ts"
import { builtRows } from "../../../projections/curriculum/report/built.ts"
import type { QuestionChoice } from "../../../projections/curriculum/report/pickQuestion.ts"
import type { CurriculumRecord } from "../../../projections/curriculum/report/record.ts"
import { storyEvents, tellQuestion } from "../../../projections/curriculum/report/tellQuestion.ts"
import type { CurriculumReport } from "../../../projections/curriculum/report.ts"
import { training } from "../../../projections/training/training.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { foldLog } from "../../projection-runner/foldLog.ts"
import { ofRun } from "../../projection-runner/ofRun.ts"
import { evaluateRun } from "../evaluateRun.ts"
import { plannedCurriculum } from "./plannedCurriculum.ts"

/** All that the log tells of a curriculum, for its report: each of its runs is read by itself, one after the other. */
export const collectReport = Effect.fn("collectReport")(function* (record: CurriculumRecord) {
  const { steps } = record.started
  const runs = new Map<string, EvaluatedStep>()
  for (const step of steps) {
    if (step.kind !== "evaluation" && step.kind !== "rollout") continue
    const { figures, rows, started } = yield* evaluateRun(step.runId)
    // Of thousands of rollouts only the figures are told.
    runs.set(step.runId, { figures, rows: step.kind === "evaluation" ? rows : [], started })
  }
  const trainings = yield* foldLog(ofRun(training, record.name))
  const built = yield* foldLog(builtRows)
  const choice = chooseQuestion(steps, runs)
  const story = choice && tellQuestion(choice, yield* eventsOf(choice))
  const planned = plannedCurriculum(record.started)
  const report: CurriculumReport = {
    ...assembleReport({
      record,
      ...(planned === undefined ? {} : { planned }),
      runs,
      built: built.state,
      trainings: [...training.rows(trainings.state, {})]
    }),
    ...(story === undefined ? {} : { story })
  }
  return report
})

/** What the log holds of a question in the runs that asked it. */
const eventsOf = Effect.fnUntraced(function* ({ asked, dataset, questionId }: QuestionChoice) {
  const log = yield* EventLog
  const events: Array<AnyEvent> = []
  for (const { runId } of asked) {
    const { concerns } = collectScope({ runId, correlationId: correlationId(runId, dataset, questionId) })
    yield* log.read({ types: storyEvents, run: runId }, (message) => {
      const text = message.text()
      if (!concerns(message.type, text)) return
      const event = Result.getOrUndefined(codec.decode(text))
      if (event !== undefined) events.push(event)
    })
  }
  return events
})

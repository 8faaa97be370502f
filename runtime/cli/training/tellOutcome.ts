import { existsSync } from "node:fs"
import { Effect } from "effect"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import type { TrainingPlan } from "../../system/training/planTraining.ts"
import { CommandFailed } from "../commandFailed.ts"
import { root } from "../root.ts"
import { note, print, printJson } from "../terminal.ts"
import { fromHere, outcomeLine, outcomeTable } from "./outcome.ts"
import type { PerformedTraining } from "./performTraining.ts"

/** Answers with what came of a training; `more` is for machines. Fails when the training did, or its policy is gone. */
export const tellOutcome = Effect.fnUntraced(function* (
  { request }: TrainingPlan,
  { end, row, seconds, wasCompleted }: PerformedTraining,
  more: object = {}
) {
  const { json } = yield* root
  const { trainingId, objective, engine } = request
  if (end.kind === "failed") {
    const again = "give the same command again to try from its last checkpoint"
    return yield* new CommandFailed({ detail: `training ${trainingId} failed: ${end.reason}; ${again}` })
  }
  const { policy, adapter, steps } = end.result
  if (!existsSync(policy.folder)) {
    const detail = `training ${trainingId} was completed, but its policy is gone from ${policy.folder}; put it back, or train into another folder`
    return yield* new CommandFailed({ detail })
  }
  const report = outputFolder(request).report
  if (json) {
    const trained = { policy, ...(adapter === undefined ? {} : { adapter }), report }
    const last = row.steps.at(-1) ?? null
    return yield* printJson({
      training: trainingId,
      objective: objective.kind,
      engine,
      steps,
      seconds,
      last,
      ...trained,
      ...more
    })
  }
  if (wasCompleted)
    yield* note(`Training ${trainingId} is completed already; train into another folder for another one.`)
  yield* print(`${outcomeTable(row)}\n`)
  yield* print(outcomeLine(row, seconds))
  yield* print(`Policy   ${fromHere(policy.folder)}`)
  if (adapter !== undefined) yield* print(`Adapter  ${fromHere(adapter.folder)}`)
  yield* print(`Report   ${fromHere(report)}`)
  yield* print(`Next: smartsearch serve model --model ${fromHere(policy.folder)}`)
})

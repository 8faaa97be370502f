import { Effect } from "effect"
import { stageJson } from "../../../projections/curriculum/stages.ts"
import { renderStageTable } from "../../../projections/curriculum/stageTable.ts"
import { root } from "../root.ts"
import { print, printJson } from "../terminal.ts"
import { fromHere } from "../training/outcome.ts"
import { agreementLine, type performWithProgress } from "./perform.ts"
import { preparedJson, tellPrepared } from "./tellPrepared.ts"

type Performed = Effect.Success<ReturnType<typeof performWithProgress>>

/** The answer of a command that performed a curriculum: a table for people, one line for machines. */
export const tellCurriculum = Effect.fnUntraced(function* (performed: Performed) {
  const { json } = yield* root
  if (json) return yield* printJson(answer(performed))
  const { agreement, plan, prepared, report, seconds, stages } = performed
  if (stages.length > 0) yield* print(`\n${renderStageTable(stages)}`)
  if (agreement !== undefined) yield* print(`\n${agreementLine(agreement)}.`)
  if (prepared !== undefined) return yield* tellPrepared(prepared)
  if (report !== undefined) yield* print(`\nReport      ${fromHere(report)}`)
  yield* print(`Policies    ${fromHere(plan.folder)}`)
  yield* print(`Curriculum  ${plan.name}: ${plan.steps.length} steps, ${seconds.toFixed(0)} s`)
})

const answer = ({ agreement, plan, prepared, seconds, stages }: Performed) => ({
  run: plan.name,
  seconds,
  seed: plan.settings.run.seed,
  stages: stages.map(stageJson),
  ...(agreement === undefined
    ? {}
    : {
        student: {
          compared: agreement.compared,
          agreement: agreement.rate ?? null,
          kappa: agreement.kappa ?? null
        }
      }),
  ...(prepared === undefined ? {} : { forTraining: preparedJson(prepared) })
})

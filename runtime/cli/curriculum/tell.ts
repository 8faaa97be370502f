import { Effect } from "effect"
import { stageJson } from "../../../projections/curriculum/stages.ts"
import { renderStageTable } from "../../../projections/curriculum/stageTable.ts"
import { CommandFailed } from "../commandFailed.ts"
import { root } from "../root.ts"
import { print, printJson } from "../terminal.ts"
import { fromHere } from "../training/outcome.ts"
import { agreementLine, type performWithProgress } from "./perform.ts"
import { preparedJson, tellPrepared } from "./tellPrepared.ts"

type Performed = Effect.Success<ReturnType<typeof performWithProgress>>

/**
 * The answer of a command that performed a curriculum: a table for people, one line for machines. It is no full success while
 * trajectories of its runs failed or lie in the dead letters.
 */
export const tellCurriculum = Effect.fnUntraced(function* (performed: Performed) {
  const { json } = yield* root
  yield* json ? printJson(answer(performed)) : tell(performed)
  if (performed.incomplete.length === 0) return
  const runs = performed.incomplete.map(({ failed, parked, runId }) => `${runId} (${failed} failed, ${parked} parked)`)
  const detail = `trajectories are missing from ${runs.join(", ")}; see \`smartsearch dlq list\` and \`smartsearch doctor\``
  return yield* new CommandFailed({ detail })
})

const tell = Effect.fnUntraced(function* (performed: Performed) {
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

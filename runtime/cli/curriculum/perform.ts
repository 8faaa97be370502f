import { Clock, Effect } from "effect"
import type { Settings } from "../../../config/settings.ts"
import type { CurriculumStep } from "../../../events/curriculum.ts"
import type { DataOf } from "../../../events/registry.ts"
import type { Agreement } from "../../../projections/agreement/measure.ts"
import { stageTitles } from "../../../projections/curriculum/stageTable.ts"
import { percent } from "../../../projections/evaluation/format.ts"
import { agreementOf } from "../../system/agreement.ts"
import type { GivenCommand } from "../../system/curriculum/elsewhere/nextCommands.ts"
import { prepareCurriculum } from "../../system/curriculum/elsewhere/prepareCurriculum.ts"
import { evaluateStages } from "../../system/curriculum/evaluateStages.ts"
import { performCurriculum } from "../../system/curriculum/performCurriculum.ts"
import { type CurriculumAsked, type CurriculumPlan, planCurriculum } from "../../system/curriculum/planCurriculum.ts"
import { recordedCurricula, reportCurriculum } from "../../system/curriculum/reportCurriculum.ts"
import { evaluateRun } from "../../system/evaluateRun.ts"
import { note, showProgress } from "../terminal.ts"
import { stepStanding } from "./progress.ts"

/** The scorers of an agreement: what the teacher's score is called, and the student's. */
const compared = { teacher: "usefulness", student: "student" } as const

/** How far a student agrees with its teacher, where there is one. */
const agreementIn = Effect.fnUntraced(function* (steps: ReadonlyArray<CurriculumStep>) {
  const step = steps.find(({ kind }) => kind === "agreement")
  return step === undefined || !("runId" in step) ? undefined : yield* agreementOf(compared, step.runId)
})

/** One line for people: the paper's student agrees with its teacher on 87.4 %. */
export const agreementLine = ({ compared, kappa, rate }: Agreement): string =>
  `The student agrees with its teacher on ${percent(rate ?? 0)} % of ${compared} held-out queries (kappa ${(kappa ?? 0).toFixed(2)})`

/** Tells what came of a step, as soon as it is done. */
const tellDone = Effect.fnUntraced(function* ({ step }: DataOf<"CurriculumStepRequested">) {
  if (step.kind === "agreement") yield* note(agreementLine(yield* agreementOf(compared, step.runId)))
  if (step.kind !== "evaluation") return
  const measures = (yield* evaluateRun(step.runId)).figures?.overall.initial
  if (measures === undefined) return
  const { em, f1, perfectRate } = measures
  yield* note(
    `${stageTitles[step.stage]} on ${step.set}: EM ${percent(em)}, F1 ${percent(f1)}, perfect ${percent(perfectRate)}`
  )
})

/** Performs a curriculum with its progress on stderr; for a command of a dry run, also writes what engines elsewhere need. */
export const performWithProgress = Effect.fnUntraced(function* (
  plan: CurriculumPlan,
  dryRun: GivenCommand | undefined
) {
  const begun = yield* Clock.currentTimeMillis
  const { name, steps } = plan
  const incomplete = yield* performCurriculum(plan, {
    onStart: (resumed) =>
      resumed ? note(`Curriculum "${name}" was begun before: going on where it stood.`) : Effect.void,
    onStep: ({ step }, place, progress) =>
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        const standing = stepStanding(progress, () => clock.currentTimeMillisUnsafe())
        yield* showProgress(`${place + 1}/${steps.length} ${step.id}`, standing)
      }),
    onStepDone: tellDone
  })
  const stages = yield* evaluateStages(steps)
  const agreement = yield* agreementIn(steps)
  const record = (yield* recordedCurricula).get(name)
  const report = record && (yield* reportCurriculum(record)).file
  const prepared = dryRun === undefined ? undefined : yield* prepareCurriculum(plan, dryRun)
  const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
  return { plan, stages, agreement, prepared, report, incomplete, seconds }
})

/** The curriculum under the first name of `NAME`, `NAME-2`, `NAME-3`, … that is not completed, nor in the log with other settings. */
export const underFreeName = Effect.fnUntraced(function* (asked: CurriculumAsked) {
  const known = yield* recordedCurricula
  const base = asked.settings.run.name
  for (let count = 1; ; count++) {
    const plan = yield* planCurriculum({
      ...asked,
      settings: named(asked.settings, count === 1 ? base : `${base}-${count}`)
    })
    const record = known.get(plan.name)
    if (record === undefined) return plan
    if (record.completed === undefined && record.started.configHash === plan.hash) return plan
  }
})

const named = (settings: Settings, name: string): Settings => ({ ...settings, run: { ...settings.run, name } })

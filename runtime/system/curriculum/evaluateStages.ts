import { Effect } from "effect"
import type { CurriculumStep } from "../../../events/curriculum.ts"
import { stageResults } from "../../../projections/curriculum/stages.ts"
import type { Measures } from "../../../projections/evaluation/measures.ts"
import { evaluateRun } from "../evaluateRun.ts"

/** What the policy reached after each stage, from the runs that evaluate it, as far as they are in the log. */
export const evaluateStages = Effect.fn("evaluateStages")(function* (steps: ReadonlyArray<CurriculumStep>) {
  const measures = new Map<string, Measures>()
  for (const step of steps) {
    if (step.kind !== "evaluation") continue
    const { figures } = yield* evaluateRun(step.runId)
    if (figures !== undefined) measures.set(step.runId, figures.overall.initial)
  }
  return stageResults(steps, (runId) => measures.get(runId))
})

import type { StepProgress } from "../../system/curriculum/performStep.ts"
import type { Standing } from "../terminal.ts"
import { makePace, trainingStanding } from "../training/progress.ts"

/** Where a step of a curriculum stands, whenever it is asked. */
export const stepStanding = (progress: StepProgress, now: () => number): (() => Standing) => {
  switch (progress.kind) {
    case "run":
      return () => {
        const run = progress.progress()
        if (run === undefined) return { done: 0, total: 0, detail: "starting" }
        const { assessed, branches, expected, failed, parked, queries } = run
        const troubled = failed + parked === 0 ? "" : ` · ${failed} failed · ${parked} parked`
        const detail = `${queries} queries · ${branches} branches${troubled}`
        return { done: assessed + failed + parked, total: expected, detail }
      }
    case "dataset":
      return () => ({ done: 0, total: 1, detail: "folding the log" })
    case "training": {
      const pace = makePace(now)
      return () => trainingStanding(progress.training.row(), pace)
    }
  }
}

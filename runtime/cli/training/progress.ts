import { count } from "../../../projections/evaluation/format.ts"
import { digits } from "../../../projections/training/report/curves.ts"
import type { TrainingRow } from "../../../projections/training/training.ts"
import type { Standing } from "../terminal.ts"

/** How far a training is, for the line that shows it. */
export const trainingStanding = (training: TrainingRow | undefined, pace: Pace): Standing => {
  const last = training?.steps.at(-1)
  if (last === undefined) return { done: 0, total: training?.started?.steps ?? 0, detail: "starting" }
  const left = pace.left(last.step, last.of)
  const detail = [
    `loss ${digits(last.loss)}`,
    `lr ${digits(last.learningRate)}`,
    `${count(Math.round(last.tokensPerSecond))} tokens/s`,
    ...(left === undefined ? [] : [`${inWords(left)} left`])
  ]
  return { done: last.step, total: last.of, detail: detail.join(" · ") }
}

/** How fast steps come. */
export interface Pace {
  /** Milliseconds that the steps still to come will take; undefined while that can't be told. */
  readonly left: (step: number, of: number) => number | undefined
}

/** Measures from the first step that it hears of. */
export const makePace = (now: () => number): Pace => {
  let first: { readonly step: number; readonly at: number } | undefined
  let last: { readonly step: number; readonly at: number } | undefined
  return {
    left: (step, of) => {
      if (last?.step !== step) last = { step, at: now() }
      first ??= last
      if (last.step <= first.step) return undefined
      return ((last.at - first.at) / (last.step - first.step)) * (of - step)
    }
  }
}

/** Milliseconds in the two largest units: `1 h 20 min`. */
const inWords = (millis: number): string => {
  const seconds = Math.round(millis / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}

import type { StepReport } from "../../../actors/trainer/trainingEngine.ts"
import type { Schedule } from "./schedule.ts"

/** The metrics of a step by their names, as verl's console logger writes them; NaN for a number that is none. */
export interface StepMetrics {
  readonly step: number
  readonly metrics: ReadonlyMap<string, number>
}

/** `0.5`, and what NumPy's numbers look like since NumPy 2: `np.float64(0.5)`. */
const metric = /^(.+?):(?:np\.\w+\()?(-?(?:[\d.]+(?:e[-+]?\d+)?|inf|nan))\)?$/

/**
 * Reads a line `step:12 - actor/kl_loss:0.001 - critic/rewards/mean:0.4 - …`, before which Ray writes the process it came from.
 * Undefined for any other line, and for steps that only validated.
 */
export const readStepMetrics = (line: string): StepMetrics | undefined => {
  const [, step, rest] = /(?:^|\s)step:(\d+) - (.*)$/.exec(line) ?? []
  if (step === undefined || rest === undefined) return undefined
  const metrics = new Map(
    rest.split(" - ").flatMap((part): ReadonlyArray<readonly [string, number]> => {
      const [, name, value] = metric.exec(part.trim()) ?? []
      return name === undefined || value === undefined ? [] : [[name, Number(value)]]
    })
  )
  return Number(step) > 0 && metrics.has("actor/pg_loss") ? { step: Number(step), metrics } : undefined
}

/** The report of a step; undefined when its loss or gradient is no number. What verl does not tell counts as 0. */
export const stepReport = (
  { metrics, step }: StepMetrics,
  { steps, stepsPerEpoch }: Schedule
): StepReport | undefined => {
  const of = (name: string) => metrics.get(name) ?? 0
  const optional = (key: string, name: string) => {
    const value = metrics.get(name)
    return value === undefined || !Number.isFinite(value) ? {} : { [key]: value }
  }
  const loss = of("actor/pg_loss") + of("actor/kl_coef") * of("actor/kl_loss")
  const gradientNorm = of("actor/grad_norm")
  if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) return undefined
  const [tokens, seconds] = [of("perf/total_num_tokens"), of("perf/time_per_step")]
  return {
    step,
    of: Math.max(steps, step),
    epoch: step / stepsPerEpoch,
    loss,
    learningRate: of("actor/lr"),
    gradientNorm,
    tokens,
    tokensPerSecond: seconds > 0 ? tokens / seconds : 0,
    ...optional("reward", "critic/rewards/mean"),
    ...optional("kl", "actor/kl_loss"),
    ...optional("clipFraction", "actor/pg_clipfrac")
  }
}

/**
 * The steps of a whole console log, in order and each once: a training that went on from a checkpoint tells some of them
 * again, and the last time counts.
 */
export const loggedSteps = (lines: Iterable<string>): ReadonlyArray<StepMetrics> => {
  const steps = new Map<number, StepMetrics>()
  for (const line of lines) {
    const metrics = readStepMetrics(line)
    if (metrics !== undefined) steps.set(metrics.step, metrics)
  }
  return [...steps.values()].sort((left, right) => left.step - right.step)
}

import { Schema } from "effect"
import type { StepReport } from "../../../actors/trainer/trainingEngine.ts"
import { LooseNumber, readLoosely } from "./looseJson.ts"

/** The file to which LLaMA-Factory's `LogCallback` appends a line for every step. */
export const trainerLogFile = "trainer_log.jsonl"

const PositiveInt = Schema.Int.check(Schema.isGreaterThan(0))

const readLine = readLoosely(
  Schema.Struct({
    current_steps: PositiveInt,
    total_steps: PositiveInt,
    /** Null where the training diverged; absent in the summary at the end. */
    loss: Schema.NullOr(Schema.Finite),
    lr: LooseNumber,
    epoch: LooseNumber,
    /** Of the preferences of DPO. */
    accuracy: LooseNumber,
    /** Tokens since the beginning, and of a second since this process began. */
    total_tokens: LooseNumber,
    throughput: LooseNumber
  })
)

/** A step as the log tells it. */
export type LoggedStep = NonNullable<ReturnType<typeof readLine>>

/** Reads a line; undefined for one that tells no step. */
export const readLoggedStep = (line: string): LoggedStep | undefined => readLine(line)

/** What the log leaves out of a step. */
export interface StepDetails {
  readonly gradientNorm?: number | undefined
  readonly margin?: number | undefined
}

/**
 * The report of a step, from its line, the line before it, and what was told elsewhere. What LLaMA-Factory does not tell
 * counts as 0. Undefined when the loss is no number.
 */
export const stepReport = (
  step: LoggedStep,
  before: LoggedStep | undefined,
  { gradientNorm, margin }: StepDetails
): StepReport | undefined => {
  const { accuracy, current_steps, epoch, loss, lr, throughput, total_steps, total_tokens } = step
  if (loss === null) return undefined
  return {
    step: current_steps,
    of: total_steps,
    epoch: epoch ?? 0,
    loss,
    learningRate: lr ?? 0,
    gradientNorm: gradientNorm ?? 0,
    tokens: Math.max(0, (total_tokens ?? 0) - (before?.total_tokens ?? 0)),
    tokensPerSecond: throughput ?? 0,
    ...(typeof accuracy === "number" ? { preferenceAccuracy: accuracy } : {}),
    ...(margin === undefined ? {} : { margin })
  }
}

/**
 * The steps of a whole log, in order and each once: a training that went on from a checkpoint tells some of them again, and
 * the last time counts.
 */
export const loggedSteps = (lines: Iterable<string>): ReadonlyArray<LoggedStep> => {
  const steps = new Map<number, LoggedStep>()
  for (const line of lines) {
    const step = readLoggedStep(line)
    if (step !== undefined) steps.set(step.current_steps, step)
  }
  return [...steps.values()].sort((left, right) => left.current_steps - right.current_steps)
}

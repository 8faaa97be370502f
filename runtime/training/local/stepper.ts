import type { TrainingSettings } from "../../../events/training.ts"
import type { CompiledProgram, Executor, HostArray, Program, State } from "../../tensors/program.ts"
import type { TrainedPolicy } from "./policy.ts"
import { type BatchShape, gradientProgram, type Objective, stepProgram, updateProgram } from "./programs.ts"

/** One micro-batch as a program takes it. */
export interface BatchInputs {
  readonly shape: BatchShape
  readonly inputs: Readonly<Record<string, HostArray>>
}

/** What one update of the weights told, its micro-batches added up. */
export interface StepResult {
  readonly loss: number
  readonly gradientNorm: number
  readonly metrics: Readonly<Record<string, number>>
}

/** Updates the weights once. `scalars` are the optimizer's for this step. */
type Step = (batches: ReadonlyArray<BatchInputs>, scalars: Float32Array) => Promise<StepResult>

/** What makes updates, until it is released. */
export interface Stepper {
  readonly take: Step
  readonly release: () => Promise<void>
}

export interface StepperOptions {
  readonly executor: Executor
  readonly state: State
  readonly policy: TrainedPolicy
  readonly objective: Objective
  readonly settings: Pick<TrainingSettings, "adam" | "clipNorm">
  /** Micro-batches of an update at most. */
  readonly accumulation: number
}

/**
 * Makes updates: one program for everything where an update has one micro-batch, else one for the gradient of each and one for
 * the update. A program is compiled when its shape comes first.
 */
export const stepper = ({ accumulation, executor, objective, policy, settings, state }: StepperOptions): Stepper => {
  const programs = new Map<string, Promise<CompiledProgram>>()
  const ready = (key: string, program: () => Program) => {
    const known = programs.get(key) ?? executor.compile(program(), state)
    programs.set(key, known)
    return known
  }
  const stepSettings = { adamW: settings.adam, clipNorm: settings.clipNorm }
  const keyOf = ({ batch, length, targets }: BatchShape) => `${batch} ${length} ${targets}`

  const atOnce: Step = async ([only], scalars) => {
    if (only === undefined) throw new Error("a step needs a batch")
    const { inputs, shape } = only
    const program = await ready(keyOf(shape), () => stepProgram(policy, objective, shape, stepSettings))
    return resultOf([await program.run({ ...inputs, scalars })])
  }

  const accumulated: Step = async (batches, scalars) => {
    const told: Array<Told> = []
    for (const { inputs, shape } of batches) {
      const program = await ready(keyOf(shape), () => gradientProgram(policy, objective, shape))
      told.push(await program.run(inputs))
    }
    const update = await ready("update", () => updateProgram(policy, stepSettings))
    return resultOf([...told, await update.run({ scalars })])
  }

  return {
    take: accumulation === 1 ? atOnce : accumulated,
    release: async () => {
      for (const program of programs.values()) await (await program).release()
    }
  }
}

type Told = Readonly<Record<string, Float32Array>>

/** The shares that micro-batches have in means add up to the means. */
const resultOf = (told: ReadonlyArray<Told>): StepResult => {
  const sums: Record<string, number> = {}
  for (const [name, values] of told.flatMap(Object.entries<Float32Array>)) {
    sums[name] = (sums[name] ?? 0) + (values[0] ?? Number.NaN)
  }
  const { gradientNorm = Number.NaN, loss = Number.NaN, ...metrics } = sums
  return { loss, gradientNorm, metrics }
}

import type { Tensor } from "@tensorflow/tfjs-core"

/** Element types of tensors that go in and out of a program. */
export type TensorType = "float32" | "int32"

/** What a tensor looks like from outside. */
export interface TensorSpec {
  readonly type: TensorType
  readonly shape: ReadonlyArray<number>
}

/** Values of a tensor, row-major. */
export type HostArray = Float32Array | Int32Array

/** A single-precision tensor in memory. */
export interface HostTensor {
  readonly shape: ReadonlyArray<number>
  readonly values: Float32Array
}

/** Tensors by their names. */
export type Tensors = Readonly<Record<string, Tensor>>

/**
 * A computation written with tfjs operations: a pure function from named tensors to named tensors.
 *
 * What goes in is of two kinds: `inputs` are new with every call, `state` stays with the executor between calls. What comes
 * out is told (`outputs`) or replaces a state of the same shape (`updates`). The function may only call operations: it
 * must not read values, for an executor can call it once with tensors that have none.
 */
export interface Program {
  /** Names what is computed, for error messages. */
  readonly name: string
  /**
   * All that `build` depends on, as a text: programs of one name and key are the same, so an executor may use what it made ready
   * for another one. Without a key it is made ready anew each time.
   */
  readonly key?: string
  readonly inputs: Readonly<Record<string, TensorSpec>>
  /** Names of the states it reads; it may update no others. */
  readonly state: ReadonlyArray<string>
  readonly build: (inputs: Tensors, state: Tensors) => ProgramResult
}

export interface ProgramResult {
  readonly outputs: Tensors
  readonly updates: Tensors
}

/** A program made ready. The arrays it gives back are the caller's to keep. */
export interface CompiledProgram {
  readonly run: (inputs: Readonly<Record<string, HostArray>>) => Promise<Readonly<Record<string, Float32Array>>>
  readonly release: () => Promise<void>
}

/** Tensors that stay with an executor between calls, by their names. */
export interface State {
  /** A copy of one of them as it is now. */
  readonly read: (name: string) => Float32Array
  readonly write: (name: string, values: Float32Array) => void
  readonly release: () => void
}

/** What runs programs. */
export interface Executor {
  /** Which runtime, of which version, with how many threads: for people and for the log. */
  readonly description: string
  /** Takes over the arrays: they belong to the state from then on. */
  readonly state: (initial: Readonly<Record<string, HostTensor>>) => State
  /**
   * Makes a program ready to run on a state of this executor.
   *
   * @throws {UnsupportedKernel} When the program calls a tfjs kernel that the executor does not have.
   */
  readonly compile: (program: Program, state: State) => Promise<CompiledProgram>
}

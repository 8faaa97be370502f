import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core"
import type { Trace, Traced } from "../symbolic.ts"

/** The inputs of a kernel by the names tfjs gives them. */
export type Operands = Readonly<Record<string, TensorInfo>>

/** How one tfjs kernel is written in ONNX. */
export type Translation = (trace: Trace, operands: Operands, attributes: NamedAttrMap) => Traced | Array<Traced>

/** Translations by the names of their kernels. */
export type KernelTable = Readonly<Record<string, Translation>>

/** An input that a kernel always has. */
export const operand = (operands: Operands, name: string): TensorInfo => {
  const tensor = operands[name]
  if (tensor === undefined) throw new Error(`the kernel was called without its input "${name}"`)
  return tensor
}

export const sameShape = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])

/** An attribute that tfjs declares as a number, or a list of them. */
export const numberOf = (attributes: NamedAttrMap, name: string): number => Number(attributes[name])

export const numbersOf = (attributes: NamedAttrMap, name: string): Array<number> => {
  const value = attributes[name]
  return Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<number>) : [Number(value)]
}

import type { DataType, TensorInfo } from "@tensorflow/tfjs-core"
import type { ElementType, OnnxGraph } from "../../onnx/graph.ts"

/**
 * What a tensor of the tracing backend stands for: the output of a node of the graph, numbers known already, or one number
 * in every place. The last two only become part of the graph when something reads them.
 */
export type Symbolic =
  | { readonly kind: "value"; readonly name: string }
  | { readonly kind: "constant"; readonly values: ArrayLike<number> }
  | { readonly kind: "uniform"; readonly value: number }

/** A tensor while it is traced. */
export interface Traced extends TensorInfo {
  readonly shape: Array<number>
}

/** Thrown when a program reads a number that is known only when the graph runs. */
export class SymbolicRead extends Error {
  constructor() {
    super("a traced program read the values of a tensor; it may only call operations")
    this.name = "SymbolicRead"
  }
}

/** The graph being traced and what its tensors stand for. */
export class Trace {
  private readonly symbols = new WeakMap<object, Symbolic>()
  /** Values that are another one with its last two axes exchanged, by name: a matrix product can read the original. */
  readonly transposes = new Map<string, string>()
  readonly graph: OnnxGraph

  constructor(graph: OnnxGraph) {
    this.graph = graph
  }

  /** Gives a new tensor a meaning. */
  define(symbol: Symbolic, shape: ReadonlyArray<number>, dtype: DataType): Traced {
    const dataId = {}
    this.symbols.set(dataId, symbol)
    return { dataId, shape: [...shape], dtype }
  }

  /** A tensor for the output of a node. */
  value(name: string, shape: ReadonlyArray<number>, dtype: DataType): Traced {
    return this.define({ kind: "value", name }, shape, dtype)
  }

  /** The same values under another shape or type. */
  alias(tensor: TensorInfo, shape: ReadonlyArray<number> = tensor.shape, dtype: DataType = tensor.dtype): Traced {
    return this.define(this.symbol(tensor), shape, dtype)
  }

  remember(dataId: object, symbol: Symbolic): void {
    this.symbols.set(dataId, symbol)
  }

  symbol(tensor: { readonly dataId: object }): Symbolic {
    const symbol = this.symbols.get(tensor.dataId)
    if (symbol === undefined) throw new Error("a traced program used a tensor that was made outside of it")
    return symbol
  }

  /** The number that is in every place of a tensor, if that is known. */
  uniform(tensor: TensorInfo): number | undefined {
    const symbol = this.symbol(tensor)
    if (symbol.kind === "uniform") return symbol.value
    if (symbol.kind === "value" || symbol.values.length === 0) return undefined
    const first = symbol.values[0]
    for (let index = 1; index < symbol.values.length; index++) if (symbol.values[index] !== first) return undefined
    return first
  }

  /** The name of a tensor's value in the graph; constants are added to it the first time. */
  name(tensor: TensorInfo): string {
    const symbol = this.symbol(tensor)
    if (symbol.kind === "value") return symbol.name
    const name = this.materialize(tensor, symbol)
    this.symbols.set(tensor.dataId, { kind: "value", name })
    return name
  }

  /** The name of a scalar for a tensor with one number in every place, which broadcasts; of the tensor itself otherwise. */
  nameOrScalar(tensor: TensorInfo): string {
    const uniform = this.uniform(tensor)
    return uniform === undefined ? this.name(tensor) : this.scalar(uniform, tensor.dtype)
  }

  private materialize(tensor: TensorInfo, symbol: Exclude<Symbolic, { kind: "value" }>): string {
    if (symbol.kind === "constant") {
      return this.graph.constant(elementType(tensor.dtype), tensor.shape, arrayOf(symbol.values, tensor.dtype))
    }
    const scalar = this.scalar(symbol.value, tensor.dtype)
    return tensor.shape.length === 0 ? scalar : this.graph.node("Expand", [scalar, this.graph.integers(tensor.shape)])
  }

  private scalar(value: number, dtype: DataType): string {
    return this.graph.constant(elementType(dtype), [], arrayOf([value], dtype))
  }
}

/** The ONNX element type of a tfjs type. */
export const elementType = (dtype: DataType): ElementType => {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype
  throw new Error(`tensors of type ${dtype} cannot be traced`)
}

const arrayOf = (values: ArrayLike<number>, dtype: DataType) => {
  if (dtype === "float32") return Float32Array.from(values)
  return dtype === "int32" ? Int32Array.from(values) : Uint8Array.from(values)
}

import {
  type BackendValues,
  type DataType,
  engine,
  getBackend,
  KernelBackend,
  registerBackend,
  registerKernel,
  setBackend,
  type TensorInfo
} from "@tensorflow/tfjs-core"
import type { OnnxGraph } from "../../onnx/graph.ts"
import { elementwiseKernels } from "./kernels/elementwise.ts"
import { fusedKernels } from "./kernels/fused.ts"
import { indexingKernels } from "./kernels/indexing.ts"
import type { KernelTable } from "./kernels/kernel.ts"
import { matrixKernels } from "./kernels/matrix.ts"
import { reductionKernels } from "./kernels/reduction.ts"
import { shapeKernels } from "./kernels/shape.ts"
import { SymbolicRead, Trace } from "./symbolic.ts"

/** Name under which tfjs knows the backend. */
export const TRACING = "onnx-trace"

/** Thrown when a program calls a tfjs kernel that has no translation to ONNX. */
export class UnsupportedKernel extends Error {
  readonly kernel: string

  constructor(kernel: string) {
    super(
      `the tfjs kernel ${kernel} has no translation to ONNX; write it with other operations, translate it in runtime/tensors/compiled/kernels, or use an eager executor`
    )
    this.name = "UnsupportedKernel"
    this.kernel = kernel
  }
}

/**
 * A tfjs backend that computes nothing: its kernels add nodes to an ONNX graph. Whatever is written with tfjs operations,
 * gradients by tfjs included, becomes one graph when it is called once under this backend.
 */
class TracingBackend extends KernelBackend {
  trace: Trace | undefined

  get current(): Trace {
    if (this.trace === undefined) throw new Error("the tracing backend is only there while a program is traced")
    return this.trace
  }

  override write(values: BackendValues, _shape: Array<number>, _dtype: DataType): object {
    const dataId = {}
    this.move(dataId, values)
    return dataId
  }

  override move(dataId: object, values: BackendValues): void {
    this.current.remember(dataId, { kind: "constant", values: values as ArrayLike<number> })
  }

  override readSync(dataId: object): BackendValues {
    const symbol = this.current.symbol({ dataId })
    if (symbol.kind !== "constant") throw new SymbolicRead()
    return Float32Array.from(symbol.values)
  }

  override async read(dataId: object): Promise<BackendValues> {
    return this.readSync(dataId)
  }

  // The engine counts references; the trace keeps what the graph needs until it is written.
  override refCount = () => 1
  override incRef = () => undefined
  override disposeData = () => true
  override numDataIds = () => 0
  override memory = () => ({ unreliable: true })
  override timerAvailable = () => false
  override floatPrecision = (): 16 | 32 => 32
  override epsilon = () => 1e-7
  override dispose = () => undefined
}

const backend = new TracingBackend()
registerBackend(TRACING, () => backend, 0)

const kernels: KernelTable = {
  ...elementwiseKernels,
  ...shapeKernels,
  ...matrixKernels,
  ...reductionKernels,
  ...indexingKernels,
  ...fusedKernels
}

for (const [kernelName, translate] of Object.entries(kernels)) {
  registerKernel({
    kernelName,
    backendName: TRACING,
    kernelFunc: ({ inputs, attrs }) => translate(backend.current, operands(inputs), attrs ?? {})
  })
}

/** The kernels with a translation, by name. */
export const translatedKernels: ReadonlyArray<string> = Object.keys(kernels)

/** tfjs passes a list of tensors as an object with the indices as keys. */
const operands = (inputs: Readonly<Record<string, TensorInfo | Array<TensorInfo> | undefined>>) => {
  const present: Record<string, TensorInfo> = {}
  for (const [name, tensor] of Object.entries(inputs)) {
    if (tensor !== undefined && !Array.isArray(tensor)) present[name] = tensor
  }
  return present
}

/** Calls `program` once under the tracing backend, so that what it does becomes part of `graph`. */
export const traceInto = <A>(graph: OnnxGraph, program: (trace: Trace) => A): A => {
  const before: string | undefined = getBackend()
  setBackend(TRACING)
  backend.trace = new Trace(graph)
  engine().startScope("trace")
  try {
    return program(backend.current)
  } catch (error) {
    throw named(error)
  } finally {
    engine().endScope()
    backend.trace = undefined
    if (before !== undefined) setBackend(before)
  }
}

/** tfjs says only in words which kernel is missing. */
const named = (error: unknown): unknown => {
  const missing = error instanceof Error ? /Kernel '(\w+)' not registered for backend/.exec(error.message) : null
  return missing?.[1] === undefined ? error : new UnsupportedKernel(missing[1])
}

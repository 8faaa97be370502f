import { engine, type Tensor } from "@tensorflow/tfjs-core"
import { OnnxGraph } from "../../onnx/graph.ts"
import type { Program, TensorSpec } from "../program.ts"
import type { Trace, Traced } from "./symbolic.ts"
import { traceInto } from "./tracingBackend.ts"

/** A program as an ONNX model. */
export interface CompiledGraph {
  readonly model: Uint8Array
  readonly nodes: number
  /** Shapes of what it tells, by output name. */
  readonly outputs: Readonly<Record<string, ReadonlyArray<number>>>
  /** For every state it replaces, the name of the graph's output, and whether it may be written over what it replaces. */
  readonly updates: Readonly<Record<string, { readonly output: string; readonly inPlace: boolean }>>
}

/** Names of the graph's inputs and outputs: what is given, what stays, and what replaces it. */
export const inputName = (name: string) => `input:${name}`
export const stateName = (name: string) => `state:${name}`
const updateName = (name: string) => `update:${name}`

/**
 * Calls a program once with tensors that have no values and writes down what it does as an ONNX graph.
 *
 * @throws {UnsupportedKernel} When the program calls a tfjs kernel that has no translation.
 */
export const compileGraph = (
  program: Program,
  shapes: Readonly<Record<string, ReadonlyArray<number>>>
): CompiledGraph => {
  const graph = new OnnxGraph()
  return traceInto(graph, (trace) => {
    const declare = (name: string, spec: TensorSpec) => symbolicInput(trace, name, spec)
    const inputs = mapEntries(program.inputs, (spec, name) => declare(inputName(name), spec))
    const state = Object.fromEntries(
      program.state.map((name) => {
        const shape = shapes[name]
        if (shape === undefined) throw new Error(`${program.name} reads the state ${name}, which does not exist`)
        return [name, declare(stateName(name), { type: "float32", shape })]
      })
    )
    const { outputs, updates } = program.build(inputs, state)
    for (const [name, tensor] of Object.entries(outputs)) publish(trace, tensor, name)
    for (const [name, tensor] of Object.entries(updates)) publish(trace, tensor, updateName(name))
    const overlap = graph.overlaps()
    return {
      model: graph.toModel(),
      nodes: graph.size,
      outputs: mapEntries(outputs, ({ shape }) => shape),
      updates: mapEntries(updates, (_, name) => ({
        output: updateName(name),
        inPlace: overlap(stateName(name), updateName(name))
      }))
    }
  })
}

const symbolicInput = (trace: Trace, name: string, { shape, type }: TensorSpec): Tensor => {
  trace.graph.input(name, type, shape)
  return engine().makeTensorFromTensorInfo(trace.value(name, shape, type))
}

/** Makes a value an output of the graph under another name. Results are told as single-precision numbers. */
const publish = (trace: Trace, tensor: Traced | Tensor, name: string): void => {
  if (tensor.dtype !== "float32") throw new Error(`the result ${name} is of type ${tensor.dtype}, not float32`)
  trace.graph.publish(trace.name(tensor), name)
  trace.graph.output(name, "float32", tensor.shape)
}

/** Maps the values of a record. */
export const mapEntries = <A, B>(record: Readonly<Record<string, A>>, map: (value: A, name: string) => B) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]))

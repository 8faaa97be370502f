import { availableParallelism } from "node:os"
import * as ort from "onnxruntime-node"
import type { CompiledProgram, Executor, HostArray, HostTensor, Program, State } from "../program.ts"
import { compileGraph, inputName, mapEntries, stateName } from "./compile.ts"
import { KeptGraphs, type OpenedGraph } from "./keptGraphs.ts"

export interface CompiledExecutorOptions {
  /** Threads of one operator; as many as the machine gives this process if not told. */
  readonly threads?: number
  /** Where the graph runs; `cpu` if not told. */
  readonly provider?: "cpu" | "cuda"
}

/** The state of a compiled executor: arrays that the runtime reads and writes where they are. */
class ResidentState implements State {
  readonly tensors = new Map<string, ort.TypedTensor<"float32">>()

  constructor(initial: Readonly<Record<string, HostTensor>>) {
    for (const [name, { shape, values }] of Object.entries(initial)) {
      this.tensors.set(name, new ort.Tensor("float32", values, [...shape]))
    }
  }

  get(name: string): ort.TypedTensor<"float32"> {
    const tensor = this.tensors.get(name)
    if (tensor === undefined) throw new Error(`there is no state ${name}`)
    return tensor
  }

  read = (name: string) => Float32Array.from(this.get(name).data)
  write = (name: string, values: Float32Array) => this.get(name).data.set(values)
  release = () => this.tensors.clear()
}

/**
 * Runs programs as ONNX graphs on onnxruntime-node. The thread that calls `run` is blocked until the graph is done.
 *
 * Equal inputs and state give equal bits as long as the number of threads and the machine's instruction set stay the same.
 */
export const compiledExecutor = (options: CompiledExecutorOptions = {}): Executor => {
  const threads = options.threads ?? availableParallelism()
  const provider = options.provider ?? "cpu"
  const open = async (program: Program, state: ResidentState): Promise<OpenedGraph> => {
    const graph = compileGraph(
      program,
      mapEntries(Object.fromEntries(state.tensors), ({ dims }) => dims)
    )
    const session = await ort.InferenceSession.create(graph.model, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      // Spinning threads take the cores from whoever shares them.
      extra: { session: { intra_op: { allow_spinning: "0" } } }
    })
    return { graph, session }
  }
  const kept = new KeptGraphs()
  return {
    description: `onnxruntime-node ${ort.env.versions.node ?? ""} (${provider}, ${threads} thread${threads === 1 ? "" : "s"})`,
    state: (initial) => new ResidentState(initial),
    compile: async (program, state) => {
      const resident = residentOf(state)
      if (program.key !== undefined) {
        const taken = await kept.take(`${program.name} ${program.key}`, () => open(program, resident))
        return { run: runOf(program, taken, resident), release: taken.done }
      }
      const opened = await open(program, resident)
      return { run: runOf(program, opened, resident), release: () => opened.session.release() }
    }
  }
}

const residentOf = (state: State): ResidentState => {
  if (state instanceof ResidentState) return state
  throw new Error("the state belongs to another executor")
}

const runOf = (program: Program, { graph, session }: OpenedGraph, state: ResidentState): CompiledProgram["run"] => {
  const resident = Object.fromEntries(program.state.map((name) => [stateName(name), state.get(name)]))
  const targets = Object.entries(graph.updates).map(([name, { inPlace, output }]) => {
    const current = state.get(name)
    return {
      output,
      current,
      next: inPlace ? current : new ort.Tensor("float32", new Float32Array(current.size), current.dims)
    }
  })
  const fetches = {
    ...mapEntries(graph.outputs, () => null),
    ...Object.fromEntries(targets.map(({ output, next }) => [output, next]))
  }
  return async (inputs) => {
    const results = await session.run({ ...feeds(program, inputs), ...resident }, fetches)
    for (const { current, next } of targets) if (next !== current) current.data.set(next.data)
    return mapEntries(graph.outputs, (_, name) => results[name]?.data as Float32Array)
  }
}

const feeds = (program: Program, inputs: Readonly<Record<string, HostArray>>) =>
  Object.fromEntries(
    Object.entries(program.inputs).map(([name, { shape, type }]) => {
      const values = inputs[name]
      if (values === undefined) throw new Error(`${program.name} was run without its input ${name}`)
      return [inputName(name), new ort.Tensor(type, values, [...shape])]
    })
  )

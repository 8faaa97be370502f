import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { OnnxGraph } from "../onnx/graph.ts"
import type { EagerBackend, PassedOver } from "./eager/backends.ts"
import type { Executor } from "./program.ts"

/** How programs are run: as ONNX graphs, operation by operation, or by whichever is faster here. */
export type ExecutorKind = "auto" | "compiled" | "eager"

/** What was found on this machine. */
export interface ExecutorChoice {
  readonly executor: Executor
  /** What would have been faster, or had to be tried first, and why it is not used. */
  readonly passedOver: ReadonlyArray<PassedOver>
}

/**
 * Opens the executor for programs. With `auto`: ONNX graphs on a CUDA device, else TensorFlow's own on one, else ONNX graphs on the
 * CPU, else tfjs on WebAssembly or in plain JavaScript.
 */
export const openExecutor = async (kind: ExecutorKind, threads?: number): Promise<ExecutorChoice> => {
  if (kind === "eager") return openEager([])
  const passedOver: Array<PassedOver> = []
  const cuda = await tryCompiled("cuda", threads)
  if (!("reason" in cuda)) return { executor: cuda, passedOver }
  passedOver.push(cuda)
  if (kind === "auto") {
    const { eagerBackends, tryBackend } = await import("./eager/backends.ts")
    const gpu = await tryBackend(eagerBackends.gpu)
    if (gpu === undefined) return { executor: await openBackend(eagerBackends.gpu), passedOver }
    passedOver.push(gpu)
  }
  const cpu = await tryCompiled("cpu", threads)
  if (!("reason" in cpu)) return { executor: cpu, passedOver }
  passedOver.push(cpu)
  if (kind === "compiled") throw new Error(`${cpu.name} does not work here: ${cpu.reason}`)
  return openEager(passedOver)
}

/** One line about what programs run on here, and one for each thing that was passed over. */
export const describeExecutor = async (kind: ExecutorKind = "auto"): Promise<ReadonlyArray<string>> => {
  const { executor, passedOver } = await openExecutor(kind)
  return [executor.description, ...passedOver.map(({ name, reason }) => `not ${name}: ${reason}`)]
}

const openEager = async (passedOver: ReadonlyArray<PassedOver>): Promise<ExecutorChoice> => {
  const { bestEagerBackend } = await import("./eager/backends.ts")
  const best = await bestEagerBackend()
  return { executor: await openBackend(best.backend), passedOver: [...passedOver, ...best.passedOver] }
}

const openBackend = async (backend: EagerBackend): Promise<Executor> => {
  const { eagerExecutor } = await import("./eager/eagerExecutor.ts")
  return eagerExecutor(backend)
}

/** Whether ONNX Runtime has the provider is only known when it has run something on it. */
const tryCompiled = async (provider: "cpu" | "cuda", threads: number | undefined): Promise<Executor | PassedOver> => {
  const name = `onnxruntime-node on ${provider}`
  if (provider === "cuda" && !cudaIsInstalled()) return { name, reason: "its CUDA libraries are not installed" }
  try {
    const ort = await import("onnxruntime-node")
    const session = await ort.InferenceSession.create(smallestGraph(), {
      executionProviders: [provider],
      logSeverityLevel: 4
    })
    await session.release()
    const { compiledExecutor } = await import("./compiled/compiledExecutor.ts")
    return compiledExecutor({ provider, ...(threads !== undefined && { threads }) })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { name, reason: message.split("\n")[0] ?? message }
  }
}

/** The libraries come with an install step that this project leaves out, for they are large. */
const cudaIsInstalled = (): boolean => {
  const root = dirname(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")))
  return existsSync(join(root, "bin", "napi-v6", process.platform, process.arch, "libonnxruntime_providers_cuda.so"))
}

const smallestGraph = (): Uint8Array => {
  const graph = new OnnxGraph()
  graph.node("Add", [graph.input("x", "float32", [1]), graph.scalar(1)], {}, { output: "y" })
  graph.output("y", "float32", [1])
  return graph.toModel()
}

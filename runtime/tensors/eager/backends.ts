import { createRequire } from "node:module"
import { dirname, sep } from "node:path"
import { backend, setBackend } from "@tensorflow/tfjs-core"
import "../tfjs.ts"

/** A backend of tfjs that computes at once. */
export interface EagerBackend {
  /** The name tfjs knows it by. */
  readonly name: string
  readonly description: string
  readonly activate: () => Promise<void>
}

/** A backend that was looked for and why it is not used. */
export interface PassedOver {
  readonly name: string
  readonly reason: string
}

const require = createRequire(import.meta.url)

const GPU_PACKAGE = "@tensorflow/tfjs-node-gpu"

/** TensorFlow's own kernels, once `load` has loaded the package that has them. */
export const gpuBackend = (load: () => void): EagerBackend => ({
  name: "tensorflow",
  description: `tfjs on TensorFlow's native library (${GPU_PACKAGE})`,
  activate: async () => {
    restoreRemovedUtility()
    load()
    await activated("tensorflow")
  }
})

const gpu = gpuBackend(() => require(GPU_PACKAGE))

let wasmIsLoaded = false

const wasm: EagerBackend = {
  name: "wasm",
  description: "tfjs on WebAssembly (SIMD, one thread)",
  activate: async () => {
    const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm")
    // The paths can only be told before the binary is loaded.
    if (!wasmIsLoaded) setWasmPaths(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + sep)
    wasmIsLoaded = true
    await activated("wasm")
  }
}

const cpu: EagerBackend = {
  name: "cpu",
  description: "tfjs in plain JavaScript",
  activate: () => activated("cpu")
}

/** The eager backends by name, the fastest first. */
export const eagerBackends = { gpu, wasm, cpu } as const

/** The fastest eager backend that works here, and what was wrong with those before it. */
export const bestEagerBackend = async (): Promise<{
  readonly backend: EagerBackend
  readonly passedOver: ReadonlyArray<PassedOver>
}> => {
  const passedOver: Array<PassedOver> = []
  for (const candidate of [gpu, wasm]) {
    const problem = await tryBackend(candidate)
    if (problem === undefined) return { backend: candidate, passedOver }
    passedOver.push(problem)
  }
  return { backend: cpu, passedOver }
}

/** Starts a backend; tells what is wrong when it does not work here. */
export const tryBackend = async ({ activate, description }: EagerBackend): Promise<PassedOver | undefined> => {
  try {
    await activate()
    return undefined
  } catch (error) {
    return { name: description, reason: reasonOf(error) }
  }
}

const activated = async (name: string): Promise<void> => {
  if (!(await setBackend(name))) throw new Error(`tfjs could not start its backend "${name}"`)
  backend()
}

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 removed, in nearly every operation. */
const restoreRemovedUtility = (): void => {
  const util: { isNullOrUndefined?: (value: unknown) => boolean } = require("node:util")
  util.isNullOrUndefined ??= (value) => value === null || value === undefined
}

const reasonOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  if (message.includes(`Cannot find module '${GPU_PACKAGE}'`)) return "not installed"
  return message.split("\n")[0] ?? message
}

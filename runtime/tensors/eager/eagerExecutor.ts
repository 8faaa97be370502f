import { keep, setBackend, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core"
import "../tfjs.ts"
import type { CompiledProgram, Executor, HostArray, HostTensor, Program, State } from "../program.ts"
import type { EagerBackend } from "./backends.ts"

/** The state of an eager executor: tensors on its device, replaced by new ones when a program updates them. */
class DeviceState implements State {
  readonly tensors = new Map<string, Tensor>()

  constructor(initial: Readonly<Record<string, HostTensor>>) {
    for (const [name, { shape, values }] of Object.entries(initial)) this.tensors.set(name, tensor(values, [...shape]))
  }

  get(name: string): Tensor {
    const found = this.tensors.get(name)
    if (found === undefined) throw new Error(`there is no state ${name}`)
    return found
  }

  replace(name: string, next: Tensor): void {
    this.get(name).dispose()
    this.tensors.set(name, next)
  }

  read = (name: string) => Float32Array.from(this.get(name).dataSync())
  write = (name: string, values: Float32Array) => this.replace(name, tensor(values, this.get(name).shape))
  release = () => {
    for (const resident of this.tensors.values()) resident.dispose()
    this.tensors.clear()
  }
}

/**
 * Runs programs operation by operation on a backend of tfjs. Nothing is compiled, so every new shape is as quick as the last;
 * on a CPU the compiled executor is an order of magnitude faster.
 */
export const eagerExecutor = async (backend: EagerBackend): Promise<Executor> => {
  await backend.activate()
  return {
    description: backend.description,
    state: (initial) => new DeviceState(initial),
    compile: async (program, state) => {
      if (!(state instanceof DeviceState)) throw new Error("the state belongs to another executor")
      return runnable(backend, program, state)
    }
  }
}

const runnable = (backend: EagerBackend, program: Program, state: DeviceState): CompiledProgram => ({
  run: async (inputs) => {
    await setBackend(backend.name)
    const { outputs, updates } = tidy(() => {
      const given = Object.fromEntries(program.state.map((name) => [name, state.get(name)]))
      const result = program.build(tensorsOf(program, inputs), given)
      return { outputs: { ...result.outputs }, updates: { ...result.updates } }
    })
    for (const [name, next] of Object.entries(updates)) state.replace(name, keep(next))
    return Object.fromEntries(await Promise.all(Object.entries(outputs).map(readOut)))
  },
  release: () => Promise.resolve()
})

const readOut = async ([name, output]: [string, Tensor]): Promise<[string, Float32Array]> => {
  const values = Float32Array.from(await output.data())
  output.dispose()
  return [name, values]
}

const tensorsOf = (program: Program, inputs: Readonly<Record<string, HostArray>>) =>
  Object.fromEntries(
    Object.entries(program.inputs).map(([name, { shape, type }]) => {
      const values = inputs[name]
      if (values === undefined) throw new Error(`${program.name} was run without its input ${name}`)
      return [name, tensor(values, [...shape], type)]
    })
  )

import { describe, expect, it } from "vitest"
import { stepScalars } from "../../../actors/trainer/optimizer/adamW.ts"
import { loraNames } from "../../models/qwen2/adapter.ts"
import { parameterShapes, sizeOf } from "../../models/qwen2/config.ts"
import { openSafetensors } from "../../models/qwen2/safetensors.ts"
import { largestDistance, torchFolder, torchJson, torchModel } from "../../models/qwen2/testing/torch.ts"
import { compiledExecutor } from "../../tensors/compiled/compiledExecutor.ts"
import { eagerBackends } from "../../tensors/eager/backends.ts"
import { eagerExecutor } from "../../tensors/eager/eagerExecutor.ts"
import type { Executor, HostArray, HostTensor } from "../../tensors/program.ts"
import { decoderWeights, stateNames, type TrainedPolicy, trainedShapes } from "./policy.ts"
import { gradientProgram, logProbProgram, type Objective, placesOf, stepProgram, updateProgram } from "./programs.ts"

type Rows = ReadonlyArray<ReadonlyArray<number>>

interface Case {
  readonly loss: number
  readonly metrics: Readonly<Record<string, number>>
}

const cases = torchJson<{
  readonly ids: Rows
  readonly positions: Rows
  readonly targets: Rows
  readonly mask: Rows
  readonly logProbs: Rows
  readonly sft: Case
  readonly dpo: Case & { readonly beta: number; readonly referenceRows: ReadonlyArray<number> }
  readonly grpo: Case & {
    readonly clipLow: number
    readonly clipHigh: number
    readonly klCoefficient: number
    readonly old: Rows
    readonly reference: Rows
    readonly advantages: ReadonlyArray<number>
  }
}>("gradients", "cases.json")

const { model, parameters } = torchModel("gqa-tied")
const policy: TrainedPolicy = { config: model.config, lora: undefined }
const shape = { batch: cases.ids.length, length: 9, targets: 5 }
const integers = (rows: Rows) => Int32Array.from(rows.flat())
const floats = (rows: Rows | ReadonlyArray<number>) => Float32Array.from(rows.flat())
const counted = cases.mask.flat().reduce((sum, one) => sum + one, 0)

const tokens = {
  ids: integers(cases.ids),
  positions: integers(cases.positions),
  places: placesOf(shape, integers(cases.positions), cases.mask.flat()),
  targets: integers(cases.targets)
}
const masked = { ...tokens, mask: floats(cases.mask) }

interface Asked {
  readonly kind: Objective["kind"]
  readonly objective: Objective
  readonly inputs: Readonly<Record<string, HostArray>>
}

const asked: ReadonlyArray<Asked> = [
  { kind: "sft", objective: { kind: "sft" }, inputs: { ...masked, normaliser: Float32Array.of(counted) } },
  {
    kind: "dpo",
    objective: { kind: "dpo", beta: cases.dpo.beta },
    inputs: {
      ...masked,
      normaliser: Float32Array.of(2),
      reference: floats(cases.dpo.referenceRows),
      pairs: Float32Array.of(1, 1)
    }
  },
  {
    kind: "grpo",
    objective: {
      kind: "grpo",
      clip: { low: cases.grpo.clipLow, high: cases.grpo.clipHigh },
      klCoefficient: cases.grpo.klCoefficient
    },
    inputs: {
      ...masked,
      normaliser: Float32Array.of(counted),
      old: floats(cases.grpo.old),
      reference: floats(cases.grpo.reference),
      advantages: floats(cases.grpo.advantages)
    }
  }
]

const zeros = (shapes: Readonly<Record<string, ReadonlyArray<number>>>, key: (name: string) => string) =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [key(name), { shape, values: new Float32Array(sizeOf(shape)) }])
  )

const copies = (tensors: Readonly<Record<string, HostTensor>>) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, values }]) => [name, { shape, values: Float32Array.from(values) }])
  )

/** Loss, metrics and the gradient of every parameter. */
const gradients = async (executor: Executor, { inputs, objective }: Asked, trained = policy, weights = parameters) => {
  const shapes = trainedShapes(trained)
  const state = executor.state({ ...copies(weights), ...zeros(shapes, stateNames.gradient) })
  const program = await executor.compile(gradientProgram(trained, objective, shape), state)
  const told = await program.run(inputs)
  const gradient = Object.fromEntries(Object.keys(shapes).map((name) => [name, state.read(stateNames.gradient(name))]))
  await program.release()
  state.release()
  return { told, gradient }
}

const executors = [
  { name: "compiled to ONNX", open: async () => compiledExecutor({ threads: 1 }) },
  { name: "on tfjs's cpu backend", open: () => eagerExecutor(eagerBackends.cpu) },
  { name: "on tfjs's wasm backend", open: () => eagerExecutor(eagerBackends.wasm) }
]

describe.each(executors)("a gradient program $name", ({ open }) => {
  it.each(asked)("gives loss, metrics and gradients of $kind as PyTorch does", async (asked) => {
    const { gradient, told } = await gradients(await open(), asked)
    const expected = cases[asked.kind]
    expect(told.loss?.[0]).toBeCloseTo(expected.loss, 4)
    for (const [name, value] of Object.entries(expected.metrics)) expect(told[name]?.[0]).toBeCloseTo(value, 4)
    const torch = openSafetensors(`${torchFolder("gradients")}/${asked.kind}.safetensors`)
    for (const [name, values] of Object.entries(gradient)) {
      expect(largestDistance(values, torch.read(name)), name).toBeLessThan(1e-4)
    }
  })
})

/** A model so small that each of its numbers can be nudged on its own. */
const nudged: TrainedPolicy = {
  config: {
    ...model.config,
    hiddenSize: 8,
    headSize: 4,
    heads: 2,
    keyValueHeads: 1,
    intermediateSize: 6,
    layers: 1,
    tiedEmbeddings: false
  },
  lora: undefined
}

/** Numbers that look random, the same every time. */
const waves = (shapes: Readonly<Record<string, ReadonlyArray<number>>>, scale: number) =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape], place) => {
      const centre = name.endsWith("norm.weight") ? 1 : 0
      const wave = (_: unknown, index: number) => centre + scale * Math.sin(1.7 * index + 2.9 * place + index * index)
      return [name, { shape, values: Float32Array.from({ length: sizeOf(shape) }, wave) }]
    })
  )

describe("gradients against finite differences", () => {
  it.each(asked)("agree for $kind in every number of every parameter", { timeout: 60_000 }, async (asked) => {
    const weights = waves(parameterShapes(nudged.config), 0.4)
    const { gradient } = await gradients(compiledExecutor({ threads: 1 }), asked, nudged, weights)
    const executor = compiledExecutor({ threads: 1 })
    const state = executor.state({ ...copies(weights), ...zeros(trainedShapes(nudged), stateNames.gradient) })
    const program = await executor.compile(gradientProgram(nudged, asked.objective, shape), state)
    const nudge = 5e-3
    const lossAt = async (name: string, values: Float32Array) => {
      state.write(name, values)
      return (await program.run(asked.inputs)).loss?.[0] ?? Number.NaN
    }
    for (const [name, { values }] of Object.entries(weights)) {
      for (const [index, value] of values.entries()) {
        const above = await lossAt(name, values.with(index, value + nudge))
        const below = await lossAt(name, values.with(index, value - nudge))
        const slope = (above - below) / (2 * nudge)
        expect(Math.abs(slope - (gradient[name]?.[index] ?? Number.NaN)), `${name}[${index}]`).toBeLessThan(1e-2)
      }
      state.write(name, values)
    }
    await program.release()
  })
})

describe("a low-rank adapter", () => {
  const lora = { rank: 2, alpha: 4, targets: ["q_proj", "down_proj"] as const }
  const adapted: TrainedPolicy = { config: model.config, lora }
  const weights = { ...parameters, ...waves(trainedShapes(adapted), 0.1) }

  it("is all that is trained, with the same gradients in both executors", async () => {
    const [asked0] = asked as [Asked]
    const compiled = await gradients(compiledExecutor({ threads: 1 }), asked0, adapted, weights)
    const eager = await gradients(await eagerExecutor(eagerBackends.cpu), asked0, adapted, weights)
    expect(Object.keys(compiled.gradient)).toHaveLength(8)
    for (const [name, values] of Object.entries(compiled.gradient)) {
      expect(largestDistance(values, eager.gradient[name] ?? []), name).toBeLessThan(1e-5)
      expect(Math.max(...values.map(Math.abs)), name).toBeGreaterThan(1e-4)
    }
  })

  it("says the same as the weights it is merged into", async () => {
    const executor = compiledExecutor({ threads: 1 })
    const logProbs = async (policy: TrainedPolicy, state: Readonly<Record<string, HostTensor>>) => {
      const program = await executor.compile(logProbProgram(policy, shape), executor.state(copies(state)))
      return (await program.run(tokens)).logProbs ?? []
    }
    const merged = Object.fromEntries(
      Object.entries(parameters).map(([name, tensor]) => [
        name,
        mergedWith(weights, name, tensor, lora.alpha / lora.rank)
      ])
    )
    expect(largestDistance(await logProbs(adapted, weights), await logProbs(policy, merged))).toBeLessThan(1e-4)
    expect(decoderWeights(adapted, {}).adapter?.scale).toBe(2)
  })
})

/** W + scale · B · A, where the layer has an adapter. */
const mergedWith = (
  weights: Readonly<Record<string, HostTensor>>,
  name: string,
  { shape, values }: HostTensor,
  scale: number
): HostTensor => {
  const layer = name.replace(/\.weight$/, "")
  const names = loraNames(layer)
  const [a, b] = [weights[names.a], weights[names.b]]
  if (a === undefined || b === undefined) return { shape, values }
  const [rank = 0, columns = 0] = a.shape
  const update = (index: number) => {
    const row = Math.floor(index / columns)
    let sum = 0
    for (let r = 0; r < rank; r++)
      sum += (b.values[row * rank + r] ?? 0) * (a.values[r * columns + (index % columns)] ?? 0)
    return scale * sum
  }
  return { shape, values: values.map((value, index) => value + update(index)) }
}

describe("a step", () => {
  const settings = { adamW: { beta1: 0.9, beta2: 0.98 }, clipNorm: 0.5 }
  const scalars = (step: number, epsilon = 1e-8) =>
    stepScalars({ ...settings.adamW, epsilon, weightDecay: 0.1 }, step, 1e-2)
  const shapes = trainedShapes(policy)
  const fresh = () => ({
    ...copies(parameters),
    ...zeros(shapes, stateNames.mean),
    ...zeros(shapes, stateNames.squares),
    ...zeros(shapes, stateNames.gradient)
  })
  const [sft] = asked as [Asked]

  it.each(executors)("in one program does what gradients and an update do in two, $name", async ({ open }) => {
    const executor = await open()
    const [one, two] = [executor.state(fresh()), executor.state(fresh())]
    const whole = await executor.compile(stepProgram(policy, sft.objective, shape, settings), one)
    const gradient = await executor.compile(gradientProgram(policy, sft.objective, shape), two)
    const update = await executor.compile(updateProgram(policy, settings), two)
    for (const step of [1, 2, 3]) {
      const told = await whole.run({ ...sft.inputs, scalars: scalars(step) })
      await gradient.run(sft.inputs)
      expect((await update.run({ scalars: scalars(step) })).gradientNorm?.[0]).toBeCloseTo(
        told.gradientNorm?.[0] ?? Number.NaN,
        4
      )
    }
    for (const name of Object.keys(shapes)) {
      expect(largestDistance(one.read(name), two.read(name)), name).toBeLessThan(1e-6)
      expect(two.read(stateNames.gradient(name)).every((value) => value === 0)).toBe(true)
    }
  })

  it("gives the same weights in every executor, and lowers the loss", async () => {
    const train = async (executor: Executor) => {
      const state = executor.state(fresh())
      const program = await executor.compile(stepProgram(policy, sft.objective, shape, settings), state)
      const losses: Array<number> = []
      for (let step = 1; step <= 10; step++) {
        // A large epsilon: without it, a gradient that is 0 but for rounding moves a weight as far as any other.
        const told = await program.run({ ...sft.inputs, scalars: scalars(step, 1e-3) })
        losses.push(told.loss?.[0] ?? Number.NaN)
      }
      return { losses, weights: Object.fromEntries(Object.keys(shapes).map((name) => [name, state.read(name)])) }
    }
    const compiled = await train(compiledExecutor({ threads: 2 }))
    const eager = await train(await eagerExecutor(eagerBackends.cpu))
    expect(compiled.losses.at(-1)).toBeLessThan((compiled.losses[0] ?? 0) * 0.9)
    for (const [name, values] of Object.entries(compiled.weights)) {
      expect(largestDistance(values, eager.weights[name] ?? []), name).toBeLessThan(1e-3)
    }
  })
})

describe("a program's key", () => {
  const lora = { rank: 2, alpha: 4, targets: ["q_proj"] } as const
  const [sft, dpo, grpo] = asked.map(({ objective }) => objective) as [Objective, Objective, Objective]
  const settings = { adamW: { beta1: 0.9, beta2: 0.999 }, clipNorm: 1 }
  const keys = (programs: ReadonlyArray<{ readonly key?: string; readonly name: string }>) =>
    programs.map(({ key, name }) => `${name} ${key}`)

  it("is the same for programs of the same policy, objective, shape and settings", () => {
    const all = () => [
      logProbProgram({ ...policy, config: { ...model.config } }, { ...shape }),
      gradientProgram({ ...policy }, { ...dpo }, { ...shape }),
      updateProgram({ ...policy }, { ...settings }),
      stepProgram({ ...policy }, { ...grpo }, { ...shape }, { ...settings })
    ]
    expect(keys(all())).toEqual(keys(all()))
  })

  it("is another where any of these differs", () => {
    const longer = { ...shape, length: shape.length + 1 }
    const adapted: TrainedPolicy = { config: model.config, lora }
    const wider: TrainedPolicy = { config: model.config, lora: { ...lora, rank: 4 } }
    const deeper: TrainedPolicy = { config: { ...model.config, layers: 3 }, lora: undefined }
    const policies = [policy, adapted, wider, deeper]
    const objectives: ReadonlyArray<Objective> = [
      ...[sft, dpo, grpo],
      { kind: "dpo", beta: 0.5 },
      { kind: "grpo", clip: { low: 0.2, high: 0.2 }, klCoefficient: 0 },
      { kind: "grpo", clip: { low: 0.2, high: 0.3 }, klCoefficient: 0 }
    ]
    const updates = [settings, { ...settings, clipNorm: 2 }, { ...settings, adamW: { beta1: 0.8, beta2: 0.999 } }]
    const some = keys([
      ...policies.flatMap((one) => [logProbProgram(one, shape), logProbProgram(one, longer)]),
      ...policies.flatMap((one) => objectives.map((objective) => gradientProgram(one, objective, shape))),
      ...updates.map((one) => updateProgram(policy, one)),
      ...updates.map((one) => stepProgram(policy, sft, shape, one)),
      stepProgram(policy, sft, longer, settings)
    ])
    expect(new Set(some).size).toBe(some.length)
  })
})

import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import { setBackend, type Tensor, tensor } from "@tensorflow/tfjs-core"
import { Schema } from "effect"
import "../../../runtime/tensors/tfjs.ts"
import { adamW, decays as decaysByName, type Optimized, stepScalarCount, stepScalars } from "./adamW.ts"
import { clipByGlobalNorm } from "./clipByGlobalNorm.ts"

const Numbers = Schema.Array(Schema.Finite)
const Parameters = Schema.Struct({ weight: Schema.Array(Numbers), bias: Numbers })

const Trajectories = Schema.Struct({
  beta1: Schema.Finite,
  beta2: Schema.Finite,
  epsilon: Schema.Finite,
  initial: Parameters,
  gradients: Schema.Array(Parameters),
  learningRates: Numbers,
  cases: Schema.Array(
    Schema.Struct({
      weightDecay: Schema.Finite,
      maxNorm: Schema.Finite,
      norms: Numbers,
      parameters: Schema.Array(Parameters)
    })
  )
})

/** What PyTorch does in 20 steps (`test/fixtures/torch/README.md`). */
const torch = Schema.decodeUnknownSync(Trajectories)(
  JSON.parse(readFileSync(new URL("../../../test/fixtures/torch/adamw.json", import.meta.url), "utf8"))
)

const tensorsOf = ({ bias, weight }: typeof Parameters.Type) => [
  tensor(weight.map((row) => [...row])),
  tensor([...bias])
]
const numbersOf = (tensors: ReadonlyArray<Tensor>) => tensors.flatMap((one) => [...one.dataSync()])

const settingsOf = (weightDecay: number) => ({ ...torch, weightDecay })

/** One update of a single number, from moments of 0. */
const single = (value: number, gradient: number, decays: boolean) => {
  setBackend("cpu")
  const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1 }
  const next = adamW(
    { value: tensor([value]), mean: tensor([0]), squares: tensor([0]) },
    tensor([gradient]),
    tensor(stepScalars(settings, 1, 0.01)),
    { ...settings, decays }
  )
  return { value: next.value.dataSync()[0], mean: next.mean.dataSync()[0], squares: next.squares.dataSync()[0] }
}

describe("adamW", () => {
  it("moves a weight by the learning rate in the first step, against the gradient, however small that is", () => {
    const down = expect.closeTo(2 - 0.01, 6)
    const up = expect.closeTo(2 + 0.01, 6)
    expect(single(2, 5, false)).toEqual({
      value: down,
      mean: expect.closeTo(0.5, 6),
      squares: expect.closeTo(0.25, 6)
    })
    expect(single(2, -0.001, false).value).toEqual(up)
  })

  it("decays a weight by the learning rate times the decay, apart from the gradient", () => {
    expect(single(2, 5, true).value).toBeCloseTo(2 * (1 - 0.01 * 0.1) - 0.01, 6)
    expect(single(2, 0, true).value).toBeCloseTo(2 * (1 - 0.01 * 0.1), 6)
  })

  it("leaves a weight without gradient or decay where it is", () => {
    expect(single(2, 0, false)).toEqual({ value: 2, mean: 0, squares: 0 })
  })

  it("needs a few numbers of each step only", () => {
    const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1 }
    expect(stepScalars(settings, 1, 0.01)).toHaveLength(stepScalarCount)
    const [kept, rate, epsilon] = stepScalars(settings, 1_000_000, 0.01)
    expect([kept, rate, epsilon]).toEqual([expect.closeTo(0.999, 6), expect.closeTo(0.01, 6), expect.closeTo(1e-8, 12)])
  })

  it.each(torch.cases.map((told) => ({ ...told, name: `decay ${told.weightDecay}, norm at most ${told.maxNorm}` })))(
    "goes where torch.optim.AdamW goes in 20 steps: $name",
    ({ maxNorm, norms, parameters, weightDecay }) => {
      setBackend("cpu")
      const settings = settingsOf(weightDecay)
      const [weight, bias] = tensorsOf(torch.initial).map(
        (value): Optimized => ({
          value,
          mean: tensor(new Float32Array(value.size), value.shape),
          squares: tensor(new Float32Array(value.size), value.shape)
        })
      )
      let state = [weight, bias].filter((one) => one !== undefined)
      for (const [step, gradients] of torch.gradients.entries()) {
        const clipped = clipByGlobalNorm(tensorsOf(gradients), maxNorm)
        expect(clipped.norm.dataSync()[0]).toBeCloseTo(norms[step] ?? Number.NaN, 5)
        const scalars = tensor(stepScalars(settings, step + 1, torch.learningRates[step] ?? Number.NaN))
        state = state.map((one, index) =>
          adamW(one, clipped.gradients[index] as Tensor, scalars, { ...settings, decays: index === 0 })
        )
        const theirs = numbersOf(tensorsOf(parameters[step] as typeof Parameters.Type))
        expect(numbersOf(state.map(({ value }) => value))).toEqual(theirs.map((value) => expect.closeTo(value, 5)))
      }
    }
  )
})

describe("decays", () => {
  it.each<[name: string, decayed: boolean]>([
    ["model.embed_tokens.weight", true],
    ["lm_head.weight", true],
    ["model.layers.0.self_attn.q_proj.weight", true],
    ["model.layers.0.mlp.down_proj.weight", true],
    ["model.layers.11.self_attn.q_proj.lora_A.weight", true],
    ["model.layers.0.self_attn.q_proj.bias", false],
    ["model.layers.0.input_layernorm.weight", false],
    ["model.layers.0.post_attention_layernorm.weight", false],
    ["model.norm.weight", false]
  ])("of %s is %s", (name, decayed) => {
    expect(decaysByName(name)).toBe(decayed)
  })
})

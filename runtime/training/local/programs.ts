import {
  add,
  cast,
  greaterEqual,
  max,
  reshape,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  zerosLike
} from "@tensorflow/tfjs-core"
import { dpo } from "../../../actors/trainer/objectives/dpo.ts"
import { type GrpoSettings, grpo } from "../../../actors/trainer/objectives/grpo.ts"
import type { Outcome } from "../../../actors/trainer/objectives/objective.ts"
import { sft } from "../../../actors/trainer/objectives/sft.ts"
import { type AdamWSettings, adamW, decays, stepScalarCount } from "../../../actors/trainer/optimizer/adamW.ts"
import { clipByGlobalNorm } from "../../../actors/trainer/optimizer/clipByGlobalNorm.ts"
import { type DecoderWeights, hiddenStates, logitsOf } from "../../models/qwen2/decoder.ts"
import { selectRows } from "../../tensors/operations/selectRows.ts"
import { pickColumn, tokenLogProbs } from "../../tensors/operations/tokenLogProbs.ts"
import type { Program, TensorSpec, Tensors } from "../../tensors/program.ts"
import { differentiate, type OutcomeGradients } from "./gradients.ts"
import { decoderWeights, frozenShapes, stateNames, type TrainedPolicy, trainedShapes } from "./policy.ts"

/** Sizes of a micro-batch: sequences, tokens of each, and places of each at which a token is learnt. */
export interface BatchShape {
  readonly batch: number
  readonly length: number
  readonly targets: number
}

/** The `places` of a micro-batch: which targets count is in its mask. */
export const placesOf = ({ batch, length }: BatchShape, positions: Int32Array, mask: ArrayLike<number>): Int32Array => {
  const places = new Int32Array(batch * length)
  for (const [target, position] of positions.entries()) if (mask[target] !== 0) places[position] = target + 1
  return places
}

/** What is minimised, with its coefficients. */
export type Objective =
  | { readonly kind: "sft" }
  | { readonly kind: "dpo"; readonly beta: number }
  | ({ readonly kind: "grpo" } & GrpoSettings)

/** How the gradient becomes a step. */
export interface StepSettings {
  readonly adamW: Pick<AdamWSettings, "beta1" | "beta2">
  readonly clipNorm: number
}

const keyOf = (...parts: ReadonlyArray<TrainedPolicy | Objective | BatchShape | StepSettings>): string =>
  JSON.stringify(parts)

const int32 = (...shape: ReadonlyArray<number>): TensorSpec => ({ type: "int32", shape })
const float32 = (...shape: ReadonlyArray<number>): TensorSpec => ({ type: "float32", shape })

/**
 * Tokens [batch · length], the rows of hidden states that predict targets, and those targets [batch · targets]; `places`
 * [batch · length] tells which target each row predicts, counted from 1, 0 for none.
 */
const tokenInputs = ({ batch, length, targets }: BatchShape) => ({
  ids: int32(batch * length),
  places: int32(batch * length),
  positions: int32(batch * targets),
  targets: int32(batch * targets)
})

const objectiveInputs = (kind: Objective["kind"], { batch, targets }: BatchShape): Program["inputs"] => {
  const counted = { mask: float32(batch, targets), normaliser: float32() }
  if (kind === "sft") return counted
  if (kind === "dpo") return { ...counted, reference: float32(batch), pairs: float32(batch / 2) }
  return {
    ...counted,
    old: float32(batch, targets),
    reference: float32(batch, targets),
    advantages: float32(batch)
  }
}

/** Tells `logProbs` [batch · targets]: what a policy makes of the targets, in nats. It changes nothing. */
export const logProbProgram = (policy: TrainedPolicy, shape: BatchShape): Program => ({
  name: "log-probabilities",
  key: keyOf(policy, shape),
  inputs: tokenInputs(shape),
  state: Object.keys({ ...frozenShapes(policy), ...trainedShapes(policy) }),
  build: (inputs, state) => ({
    outputs: { logProbs: reshape(readTargets(policy, decoderWeights(policy, state), shape, inputs).logProbs, [-1]) },
    updates: {}
  })
})

/** Adds the gradient of a micro-batch to those of the update. Tells the loss and the objective's metrics. */
export const gradientProgram = (policy: TrainedPolicy, objective: Objective, shape: BatchShape): Program => {
  const names = Object.keys(trainedShapes(policy))
  return {
    name: `gradient of ${objective.kind}`,
    key: keyOf(policy, objective, shape),
    inputs: { ...tokenInputs(shape), ...objectiveInputs(objective.kind, shape) },
    state: [...Object.keys(frozenShapes(policy)), ...names, ...names.map(stateNames.gradient)],
    build: (inputs, state) => {
      const { gradients, loss, metrics } = gradientsOf(policy, objective, shape, inputs, state)
      const sums = names.map((name) => {
        const key = stateNames.gradient(name)
        return [key, add(tensorOf(state, key), tensorOf(gradients, name))] as const
      })
      return { outputs: { loss, ...metrics }, updates: Object.fromEntries(sums) }
    }
  }
}

/** Makes the step that the gradients of the micro-batches ask for, and forgets them. Tells the gradient's norm. */
export const updateProgram = (policy: TrainedPolicy, settings: StepSettings): Program => {
  const names = Object.keys(trainedShapes(policy))
  return {
    name: "update",
    key: keyOf(policy, settings),
    inputs: { scalars: float32(stepScalarCount) },
    state: names.flatMap((name) => [name, ...optimizerStates(name), stateNames.gradient(name)]),
    build: (inputs, state) => {
      const gradients = Object.fromEntries(names.map((name) => [name, tensorOf(state, stateNames.gradient(name))]))
      const step = stepOf(settings, gradients, tensorOf(inputs, "scalars"), state)
      const forgotten = names.map((name) => [stateNames.gradient(name), zerosLike(tensorOf(state, name))] as const)
      return { outputs: step.outputs, updates: { ...step.updates, ...Object.fromEntries(forgotten) } }
    }
  }
}

/** A whole step of one micro-batch: forward, backward, clipping and AdamW in one program. */
export const stepProgram = (
  policy: TrainedPolicy,
  objective: Objective,
  shape: BatchShape,
  settings: StepSettings
): Program => {
  const names = Object.keys(trainedShapes(policy))
  return {
    name: `step of ${objective.kind}`,
    key: keyOf(policy, objective, shape, settings),
    inputs: { ...tokenInputs(shape), ...objectiveInputs(objective.kind, shape), scalars: float32(stepScalarCount) },
    state: [...Object.keys(frozenShapes(policy)), ...names.flatMap((name) => [name, ...optimizerStates(name)])],
    build: (inputs, state) => {
      const { gradients, loss, metrics } = gradientsOf(policy, objective, shape, inputs, state)
      const { outputs, updates } = stepOf(settings, gradients, tensorOf(inputs, "scalars"), state)
      return { outputs: { loss, ...metrics, ...outputs }, updates }
    }
  }
}

const optimizerStates = (name: string) => [stateNames.mean(name), stateNames.squares(name)]

const gradientsOf = (
  policy: TrainedPolicy,
  objective: Objective,
  shape: BatchShape,
  inputs: Tensors,
  state: Tensors
): OutcomeGradients =>
  differentiate(
    (trained) => {
      const weights = decoderWeights(policy, { ...state, ...trained })
      return outcomeOf(objective, readTargets(policy, weights, shape, inputs), inputs)
    },
    state,
    Object.keys(trainedShapes(policy))
  )

const stepOf = (settings: StepSettings, raw: Tensors, scalars: Tensor, state: Tensors) => {
  const names = Object.keys(raw)
  const { gradients, norm } = clipByGlobalNorm(Object.values(raw), settings.clipNorm)
  const updates: Record<string, Tensor> = {}
  for (const [index, name] of names.entries()) {
    const [mean, squares] = optimizerStates(name) as [string, string]
    const before = { value: tensorOf(state, name), mean: tensorOf(state, mean), squares: tensorOf(state, squares) }
    const after = adamW(before, gradients[index] as Tensor, scalars, { ...settings.adamW, decays: decays(name) })
    Object.assign(updates, { [name]: after.value, [mean]: after.mean, [squares]: after.squares })
  }
  return { outputs: { gradientNorm: norm }, updates }
}

interface TargetReading {
  /** [batch, targets], in nats. */
  readonly logProbs: Tensor2D
  /** [batch, targets]: 1 where no token is likelier than the target. */
  readonly hits: () => Tensor2D
}

/** Reads logits only where a token is learnt: with large vocabularies they cost most of the memory. */
const readTargets = (
  { config }: TrainedPolicy,
  weights: DecoderWeights,
  { batch, length, targets }: BatchShape,
  inputs: Tensors
): TargetReading => {
  const wanted = tensorOf(inputs, "targets") as Tensor1D
  const states = hiddenStates(config, weights, { ids: tensorOf(inputs, "ids") as Tensor1D, batch, length })
  const [positions, places] = [tensorOf(inputs, "positions") as Tensor1D, tensorOf(inputs, "places") as Tensor1D]
  const logits = logitsOf(config, weights, selectRows(states, positions, places))
  const byPlace = (x: Tensor) => reshape(x, [batch, targets]) as Tensor2D
  return {
    logProbs: byPlace(tokenLogProbs(logits, wanted)),
    hits: () => byPlace(cast(greaterEqual(pickColumn(logits, wanted), max(logits, -1, true)), "float32"))
  }
}

const outcomeOf = (objective: Objective, { hits, logProbs }: TargetReading, inputs: Tensors): Outcome => {
  const counted = {
    mask: tensorOf(inputs, "mask") as Tensor2D,
    normaliser: tensorOf(inputs, "normaliser") as Scalar
  }
  if (objective.kind === "sft") return sft(logProbs, { ...counted, hits: hits() })
  const reference = tensorOf(inputs, "reference")
  if (objective.kind === "dpo") {
    const pairs = tensorOf(inputs, "pairs") as Tensor1D
    return dpo(logProbs, { ...counted, reference: reference as Tensor1D, pairs }, objective)
  }
  const rollouts = {
    ...counted,
    old: tensorOf(inputs, "old") as Tensor2D,
    reference: reference as Tensor2D,
    advantages: tensorOf(inputs, "advantages") as Tensor1D
  }
  return grpo(logProbs, rollouts, objective)
}

const tensorOf = (tensors: Tensors, name: string): Tensor => {
  const found = tensors[name]
  if (found === undefined) throw new Error(`the program was given no tensor ${name}`)
  return found
}

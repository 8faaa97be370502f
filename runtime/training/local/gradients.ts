import { clone, keep, type Scalar, type Tensor, valueAndGrads } from "@tensorflow/tfjs-core"
import type { Outcome } from "../../../actors/trainer/objectives/objective.ts"
import type { Tensors } from "../../tensors/program.ts"

export interface OutcomeGradients {
  readonly loss: Tensor
  readonly metrics: Tensors
  /** Of the loss, by the names of what it was differentiated by. */
  readonly gradients: Tensors
}

/** Differentiates an objective's loss by the tensors named; its metrics come along. */
export const differentiate = (
  objective: (trained: Tensors) => Outcome,
  trained: Tensors,
  names: ReadonlyArray<string>
): OutcomeGradients => {
  let metrics: Tensors = {}
  const loss = (...values: Array<Tensor>): Scalar => {
    const outcome = objective(Object.fromEntries(names.map((name, index) => [name, values[index] as Tensor])))
    // Only the loss survives the scope it is computed in.
    metrics = outcome.metrics
    for (const metric of Object.values(metrics)) keep(metric)
    return outcome.loss as Scalar
  }
  const { grads, value } = valueAndGrads(loss)(names.map((name) => trained[name] as Tensor))
  return {
    loss: value,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, handedOn(metric)])),
    gradients: Object.fromEntries(names.map((name, index) => [name, grads[index] as Tensor]))
  }
}

/** The tensor as one that the scope outside disposes of. */
const handedOn = (kept: Tensor): Tensor => {
  const copy = clone(kept)
  kept.dispose()
  return copy
}

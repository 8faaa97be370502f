import {
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor
} from "@tensorflow/tfjs-core"

/** Kernels that a backend may have beside those of tfjs. */
export const fused = {
  rmsNorm: "smartsearch.RmsNorm",
  silu: "smartsearch.Silu",
  rotary: "smartsearch.Rotary",
  logSoftmax: "smartsearch.LogSoftmax",
  pick: "smartsearch.Pick",
  addAt: "smartsearch.AddAt"
} as const

type FusedKernel = (typeof fused)[keyof typeof fused]

/** Runs a kernel where the backend has it; elsewhere the same computation is composed of tfjs operations. */
export const runFused = (
  kernel: FusedKernel,
  inputs: NamedTensorMap,
  attributes: NamedAttrMap,
  composed: () => Array<Tensor>
): Array<Tensor> => {
  if (getKernel(kernel, getBackend()) === undefined) return composed()
  const result: Tensor | Array<Tensor> = engine().runKernel(kernel, inputs, attributes)
  return Array.isArray(result) ? result : [result]
}

/** The only result of a kernel that has one. */
export const only = (tensors: ReadonlyArray<Tensor>): Tensor => {
  const [first] = tensors
  if (first === undefined || tensors.length > 1) throw new Error(`expected one tensor, got ${tensors.length}`)
  return first
}

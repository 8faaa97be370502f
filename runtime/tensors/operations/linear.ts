import { add, matMul, sum, type Tensor, transpose } from "@tensorflow/tfjs-core"
import { differentiable } from "./differentiable.ts"

/**
 * x · Wᵀ for `x` of shape [rows, in] and `weight` of shape [out, in].
 *
 * Transposes are written out: tfjs's wasm backend is ten times slower when a product is told to transpose, and where a product
 * can read its operand transposed, as in ONNX, they cost nothing.
 */
const project = differentiable((x: Tensor, weight: Tensor) => ({
  value: matMul(x, transpose(weight)),
  saved: [x, weight],
  gradient: (upstream, [x, weight]) => [matMul(upstream, weight as Tensor), matMul(transpose(upstream), x as Tensor)]
}))

const addBias = differentiable((x: Tensor, bias: Tensor) => ({
  value: add(x, bias),
  saved: [],
  gradient: (upstream) => [upstream, sum(upstream, 0)]
}))

/** A linear layer: x · Wᵀ + b, with `x` [rows, in], `weight` [out, in] and `bias` [out]. */
export const linear = (x: Tensor, weight: Tensor, bias?: Tensor): Tensor =>
  bias === undefined ? project(x, weight) : addBias(project(x, weight), bias)

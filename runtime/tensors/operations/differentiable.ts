import { customGrad, type GradSaveFunc, type Tensor } from "@tensorflow/tfjs-core"

/** The value of an operation, and the gradients of its operands from that of its value. */
export interface Differentiable {
  readonly value: Tensor
  /** What the gradient needs, constants included: nothing else of the forward pass is still there when it is computed. */
  readonly saved: ReadonlyArray<Tensor>
  /** One gradient for each operand, in their order. */
  readonly gradient: (upstream: Tensor, saved: ReadonlyArray<Tensor>) => ReadonlyArray<Tensor>
}

/**
 * An operation whose gradient is written by hand, because it is shorter, keeps less, or suits the kernels better than the one
 * that tfjs composes.
 */
export const differentiable =
  <Operands extends ReadonlyArray<Tensor>>(compute: (...operands: Operands) => Differentiable) =>
  (...operands: Operands): Tensor =>
    customGrad((...args) => {
      const save = args.pop() as GradSaveFunc
      const { value, saved, gradient } = compute(...(args as unknown as Operands))
      save([...saved])
      return { value, gradFunc: (upstream, kept) => [...gradient(upstream, kept)] }
    })(...operands)

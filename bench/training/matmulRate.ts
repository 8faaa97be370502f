import * as ort from "onnxruntime-node"
import { OnnxGraph } from "../../runtime/onnx/graph.ts"
import { median } from "../support.ts"

const size = 1024

/** Floating-point operations a second of a 1024³ matrix product in single precision, in the runtime that trains. */
export const matmulRate = async (threads: number): Promise<() => Promise<number>> => {
  const graph = new OnnxGraph()
  const a = graph.input("a", "float32", [size, size])
  const b = graph.input("b", "float32", [size, size])
  graph.node("MatMul", [a, b], {}, { output: "product" })
  graph.output("product", "float32", [size, size])
  const session = await ort.InferenceSession.create(graph.toModel(), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: "0" } } }
  })
  const matrix = () => new ort.Tensor("float32", Float32Array.from({ length: size ** 2 }, Math.random), [size, size])
  const operands = { a: matrix(), b: matrix() }
  const product = { product: matrix() }
  return async () => {
    const milliseconds: Array<number> = []
    for (let repetition = 0; repetition < 21; repetition++) {
      const begun = performance.now()
      await session.run(operands, product)
      milliseconds.push(performance.now() - begun)
    }
    return (2 * size ** 3 * 1000) / median(milliseconds)
  }
}

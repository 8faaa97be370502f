import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as ort from "onnxruntime-node"
import { describe, expect, it } from "vitest"
import { microsoft, OnnxGraph } from "./graph.ts"

/** y = x · wᵀ, then what `more` makes of it. */
const graphWith = (more: (graph: OnnxGraph, y: string) => void): OnnxGraph => {
  const graph = new OnnxGraph()
  graph.input("x", "float32", ["rows", 2])
  graph.initializer("w", "float32", [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6))
  more(graph, graph.node("Gemm", ["x", "w"], { transB: 1 }))
  return graph
}

const run = async (graph: OnnxGraph, x: ReadonlyArray<number>) => {
  const session = await ort.InferenceSession.create(graph.toModel())
  const results = await session.run({ x: new ort.Tensor("float32", Float32Array.from(x), [x.length / 2, 2]) })
  await session.release()
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...(data as Float32Array)]]))
}

describe("an ONNX graph", () => {
  it("is a model that the runtime computes, with attributes, constants and named sizes", async () => {
    const graph = graphWith((graph, y) => {
      const shape = graph.integers([-1, 1, 3])
      const scaled = graph.node("Mul", [graph.node("Reshape", [y, shape]), graph.scalar(0.5)])
      graph.node("QuickGelu", [scaled], { alpha: { float: 0 } }, { output: "half", domain: microsoft })
      graph.output("half", "float32", ["rows", 1, 3])
    })
    // x · σ(0 · x) is half of x.
    expect(await run(graph, [1, 1, 2, 0])).toEqual({ half: [0.75, 1.75, 2.75, 0.5, 1.5, 2.5] })
  })

  it("stores equal constants once, and tells apart what differs in type, shape or bits", () => {
    const graph = new OnnxGraph()
    expect(graph.integers([1, 2])).toBe(graph.integers([1, 2]))
    expect(graph.scalar(0)).toBe(graph.scalar(0))
    const names = [
      graph.scalar(0),
      graph.scalar(-0),
      graph.integers(0),
      graph.integers([0]),
      graph.constant("int32", [], Int32Array.of(0)),
      graph.constant("float32", [1], Float32Array.of(0))
    ]
    expect(new Set(names).size).toBe(names.length)
  })

  it("leaves out what no output depends on", () => {
    const sizeOf = (dead: boolean) =>
      graphWith((graph, y) => {
        if (dead) graph.node("Exp", [graph.node("Neg", [y])])
        graph.publish(y, "y")
        graph.output("y", "float32", ["rows", 3])
      }).toModel().length
    expect(sizeOf(true)).toBe(sizeOf(false))
  })

  it("publishes a value under a name of its own, and a second time, and inputs, as copies", async () => {
    const graph = graphWith((graph, y) => {
      graph.node("Neg", [y], {}, { output: "negative" })
      for (const [value, name] of [
        [y, "first"],
        [y, "second"],
        ["x", "given"]
      ] as const) {
        graph.publish(value, name)
      }
      for (const name of ["first", "second", "negative"]) graph.output(name, "float32", ["rows", 3])
      graph.output("given", "float32", ["rows", 2])
    })
    expect(await run(graph, [1, 0])).toEqual({
      first: [1, 3, 5],
      second: [1, 3, 5],
      negative: [-1, -3, -5],
      given: [1, 0]
    })
  })

  it("reads large constants from a file beside the model", async () => {
    const folder = mkdtempSync(join(tmpdir(), "smartsearch-onnx-"))
    const graph = new OnnxGraph()
    graph.input("x", "float32", ["rows", 2])
    graph.externalInitializer("b", "float32", [2], { file: "model.data", offset: 4, length: 8 })
    graph.node("Add", ["x", "b"], {}, { output: "y" })
    graph.output("y", "float32", ["rows", 2])
    writeFileSync(join(folder, "model.data"), Buffer.from(Float32Array.of(9, 10, 20).buffer))
    writeFileSync(join(folder, "model.onnx"), graph.toModel())
    const session = await ort.InferenceSession.create(join(folder, "model.onnx"))
    const results = await session.run({ x: new ort.Tensor("float32", Float32Array.of(1, 2), [1, 2]) })
    expect(results.y?.data).toEqual(Float32Array.of(11, 22))
    await session.release()
    rmSync(folder, { recursive: true })
  })
})

describe("an input and an output in the same memory", () => {
  const overlapping = (build: (graph: OnnxGraph) => void): boolean => {
    const graph = new OnnxGraph()
    for (const name of ["state", "step"]) graph.input(name, "float32", [3])
    build(graph)
    graph.output("next", "float32", [3])
    return graph.overlaps()("state", "next")
  }

  it("are safe when all that read the one lead to the other, or are it", () => {
    expect(overlapping((graph) => graph.node("Add", ["state", "step"], {}, { output: "next" }))).toBe(true)
    expect(
      overlapping((graph) => {
        const norm = graph.node("ReduceSum", ["state"], { keepdims: 1 })
        graph.node("Sub", ["state", graph.node("Mul", ["step", norm])], {}, { output: "next" })
      })
    ).toBe(true)
  })

  it("are not when somebody may read later, but what is left out of the graph does not count", () => {
    const readAlso = (wanted: boolean) =>
      overlapping((graph) => {
        graph.node("Neg", ["state"], {}, { output: "other" })
        if (wanted) graph.output("other", "float32", [3])
        graph.node("Add", ["state", "step"], {}, { output: "next" })
      })
    expect([readAlso(true), readAlso(false)]).toEqual([false, true])
  })

  it("are not when the writer does not go through both in step", () => {
    expect(overlapping((graph) => graph.node("CumSum", ["state", graph.integers(0)], {}, { output: "next" }))).toBe(
      false
    )
  })
})

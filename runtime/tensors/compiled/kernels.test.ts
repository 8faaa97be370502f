import * as tf from "@tensorflow/tfjs-core"
import { describe, expect, it, vi } from "vitest"
import { eagerBackends } from "../eager/backends.ts"
import { eagerExecutor } from "../eager/eagerExecutor.ts"
import { fused } from "../operations/fused.ts"
import { rmsNorm } from "../operations/rmsNorm.ts"
import { rotary, rotaryTable } from "../operations/rotary.ts"
import { swiGlu } from "../operations/swiGlu.ts"
import { tokenLogProbs } from "../operations/tokenLogProbs.ts"
import type { Executor, Program } from "../program.ts"
import { compiledExecutor } from "./compiledExecutor.ts"
import { TRACING, translatedKernels, UnsupportedKernel } from "./tracingBackend.ts"

type Compute = (x: tf.Tensor2D, y: tf.Tensor2D, places: tf.Tensor1D) => tf.Tensor

const positive = (x: tf.Tensor): tf.Tensor => tf.add(tf.mul(x, x), 0.5)
const asNumbers = (x: tf.Tensor): tf.Tensor => tf.cast(x, "float32")
const row = (x: tf.Tensor): tf.Tensor => tf.slice(x, [0, 0], [1, 4])

/** For every kernel with a translation, something that calls it. `x` and `y` are [3, 4], `places` [3] whole numbers below 3. */
const calls: Readonly<Record<string, ReadonlyArray<Compute>>> = {
  Add: [(x, y) => tf.add(x, y), (x) => tf.add(x, row(x)), (x) => tf.add(x, 0), (x) => tf.add(tf.zerosLike(x), x)],
  Sub: [(x, y) => tf.sub(x, y), (x) => tf.sub(1, x), (x) => tf.sub(x, 0)],
  Multiply: [(x, y) => tf.mul(x, y), (x) => tf.mul(x, tf.onesLike(x)), (x) => tf.mul(3, x)],
  RealDiv: [(x, y) => tf.div(x, positive(y)), (x) => tf.div(x, 1)],
  Maximum: [(x, y) => tf.maximum(x, y)],
  Minimum: [(x) => tf.minimum(x, 0.25)],
  Pow: [(x) => tf.pow(positive(x), 1.5)],
  Greater: [(x, y) => asNumbers(tf.greater(x, y))],
  GreaterEqual: [(x) => asNumbers(tf.greaterEqual(x, x))],
  Less: [(x) => asNumbers(tf.less(x, 0))],
  LessEqual: [(x, y) => asNumbers(tf.lessEqual(x, y))],
  Equal: [(_, __, places) => asNumbers(tf.equal(places, tf.scalar(1, "int32")))],
  LogicalAnd: [(x, y) => asNumbers(tf.logicalAnd(tf.greater(x, 0), tf.greater(y, 0)))],
  LogicalNot: [(x) => asNumbers(tf.logicalNot(tf.greater(x, 0)))],
  Neg: [(x) => tf.neg(x)],
  Abs: [(x) => tf.abs(x)],
  Exp: [(x) => tf.exp(x)],
  Log: [(x) => tf.log(positive(x))],
  Sqrt: [(x) => tf.sqrt(positive(x))],
  Rsqrt: [(x) => tf.rsqrt(positive(x))],
  Reciprocal: [(x) => tf.reciprocal(positive(x))],
  Sigmoid: [(x) => tf.sigmoid(x)],
  Softplus: [(x) => tf.softplus(x)],
  Tanh: [(x) => tf.tanh(x)],
  Relu: [(x) => tf.relu(x)],
  Sign: [(x) => tf.sign(x)],
  Square: [(x) => tf.square(x)],
  Cast: [(_, __, places) => tf.cast(places, "float32"), (x) => tf.cast(tf.cast(tf.mul(x, 10), "int32"), "float32")],
  Select: [(x, y) => tf.where(tf.greater(x, y), x, tf.mul(y, 2))],
  AddN: [(x, y) => tf.addN([x, y, x])],
  Fill: [(x) => tf.add(x, tf.fill([3, 4], 2)), () => tf.fill([2, 2], 7)],
  ZerosLike: [(x) => tf.zerosLike(x)],
  OnesLike: [(x) => tf.sub(tf.onesLike(x), x)],
  Identity: [(x) => tf.add(tf.clone(x), 1)],
  Reshape: [(x) => tf.reshape(x, [2, -1])],
  ExpandDims: [(x) => tf.expandDims(x, -1)],
  Transpose: [(x) => tf.transpose(x), (x) => tf.transpose(tf.reshape(x, [3, 2, 2]), [1, 0, 2])],
  Slice: [(x) => tf.slice(x, [1, 1], [2, -1]), (x) => tf.add(tf.slice(x, [0, 0], [3, 4]), 1)],
  Concat: [(x, y) => tf.concat([x, y], 1), (x, y) => tf.concat([x, y, x], 0)],
  SplitV: [(x) => tf.sub(...(tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor]))],
  PadV2: [
    (x) =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2]
        ],
        5
      )
  ],
  Tile: [(x) => tf.tile(x, [2, 1]), () => tf.tile(tf.ones([1, 2]), [3, 1]), (x) => tf.broadcastTo(row(x), [3, 4])],
  BatchMatMul: [
    (x, y) => tf.matMul(x, y, false, true),
    (x, y) => tf.matMul(x, y, true, false),
    (x, y) => tf.matMul(x, tf.transpose(y)),
    (x, y) => tf.matMul(tf.transpose(x), tf.transpose(y), true, false),
    (x, y) => tf.matMul(tf.reshape(x, [3, 2, 2]), tf.transpose(tf.reshape(y, [3, 2, 2]), [0, 2, 1])),
    (x, y) => tf.matMul(tf.reshape(x, [3, 2, 2]), tf.reshape(y, [3, 2, 2]))
  ],
  Sum: [(x) => tf.sum(x), (x) => tf.sum(x, 0), (x) => tf.sum(tf.sum(x, 1, true), 1, true)],
  Mean: [(x) => tf.mean(x, -1, true)],
  Max: [(x) => tf.max(x, 1)],
  Min: [(x) => tf.min(x, [0, 1])],
  Softmax: [(x) => tf.softmax(x)],
  ArgMax: [(x) => tf.cast(tf.argMax(x, 1), "float32")],
  GatherV2: [(x, _, places) => tf.gather(x, places), (x, _, places) => tf.gather(x, places, 1)],
  UnsortedSegmentSum: [(x, _, places) => tf.unsortedSegmentSum(x, places, 5)],
  OneHot: [(_, __, places) => tf.cast(tf.oneHot(places, 4, 2, -1), "float32")],
  [fused.rmsNorm]: [(x) => rmsNorm(x, tf.tensor([1, 2, 3, 4]), 1e-5)],
  [fused.silu]: [(x, y) => swiGlu(x, y)],
  [fused.rotary]: [(x) => rotary(tf.reshape(x, [1, 3, 4]), 2, rotaryTable(3, 2, 10))],
  [fused.logSoftmax]: [(x, _, places) => tokenLogProbs(tf.mul(x, 50), places)],
  [fused.pick]: [(x, _, places) => tokenLogProbs(x, places)],
  [fused.addAt]: [(x, _, places) => tf.grad((z) => tokenLogProbs(z, places))(x)]
}

const inputs = {
  x: Float32Array.of(0.5, -1, 2, 0, 0.25, -0.75, 1.5, -2, 3, 0.125, -0.5, 1),
  y: Float32Array.of(1, -1, 0.5, 2, -3, 0.25, 1, 0.75, -0.125, 2, 1.25, -1.5),
  places: Int32Array.of(2, 0, 2)
}

const programOf = (compute: Compute): Program => ({
  name: "test",
  inputs: {
    x: { type: "float32", shape: [3, 4] },
    y: { type: "float32", shape: [3, 4] },
    places: { type: "int32", shape: [3] }
  },
  state: [],
  build: ({ places, x, y }) => ({
    outputs: { result: compute(x as tf.Tensor2D, y as tf.Tensor2D, places as tf.Tensor1D) },
    updates: {}
  })
})

const computed = async (executor: Executor, compute: Compute) => {
  const program = await executor.compile(programOf(compute), executor.state({}))
  const { result } = await program.run(inputs)
  await program.release()
  return Array.from(result ?? [])
}

describe("a kernel's translation", () => {
  it.each(Object.entries(calls))("of %s computes what tfjs's cpu backend does", async (kernel, computes) => {
    const cpu = await eagerExecutor(eagerBackends.cpu)
    const translation = vi.spyOn(tf.getKernel(kernel, TRACING), "kernelFunc")
    for (const compute of computes) {
      const [ours, theirs] = [await computed(compiledExecutor({ threads: 1 }), compute), await computed(cpu, compute)]
      expect(ours).toHaveLength(theirs.length)
      for (const [index, value] of ours.entries()) expect(value).toBeCloseTo(theirs[index] ?? Number.NaN, 5)
    }
    expect(translation.mock.calls.length).toBeGreaterThanOrEqual(computes.length)
  })

  it("is tried for every kernel", () => {
    expect(Object.keys(calls).sort()).toEqual([...translatedKernels].sort())
  })

  it("that does not exist is named", async () => {
    const compile = computed(compiledExecutor(), (x) => tf.cumsum(x))
    await expect(compile).rejects.toThrow(UnsupportedKernel)
    await expect(compile).rejects.toThrow("the tfjs kernel Cumsum has no translation to ONNX")
  })
})

describe("a sum over segments", () => {
  it("loses nothing, however many threads add and however often a segment comes", async () => {
    const [rows, columns] = [4096, 64]
    const program: Program = {
      name: "sum",
      inputs: { x: { type: "float32", shape: [rows, columns] }, places: { type: "int32", shape: [rows] } },
      state: [],
      build: ({ places, x }) => ({
        outputs: { sums: tf.unsortedSegmentSum(x as tf.Tensor2D, places as tf.Tensor1D, 10) },
        updates: {}
      })
    }
    const executor = compiledExecutor({ threads: 4 })
    const compiled = await executor.compile(program, executor.state({}))
    const places = Int32Array.from({ length: rows }, (_, row) => row % 7)
    const { sums = [] } = await compiled.run({ x: new Float32Array(rows * columns).fill(1), places })
    const expected = Array.from({ length: 10 }, (_, segment) => places.filter((place) => place === segment).length)
    expect([...sums]).toEqual(expected.flatMap((count) => Array.from({ length: columns }, () => count)))
    await compiled.release()
  })
})

describe("a traced program", () => {
  it("may not read values", async () => {
    const compile = computed(compiledExecutor(), (x) => tf.mul(x, x.dataSync()[0] ?? 1))
    await expect(compile).rejects.toThrow("read the values of a tensor")
  })

  it("may not use tensors from outside", async () => {
    await tf.setBackend("cpu")
    const outside = tf.tensor([1, 2, 3, 4])
    await expect(computed(compiledExecutor(), (x) => tf.add(x, outside))).rejects.toThrow()
    outside.dispose()
  })

  it("leaves tfjs as it was", async () => {
    await tf.setBackend("cpu")
    const before = tf.memory().numTensors
    await computed(compiledExecutor(), (x) => tf.exp(x))
    expect(tf.getBackend()).toBe("cpu")
    expect(tf.memory().numTensors).toBe(before)
  })
})

const reversed = (x: tf.Tensor): tf.Tensor => tf.concat([2, 1, 0].map((index) => tf.slice(x, [index], [1])))

describe("state", () => {
  const counting = (update: (count: tf.Tensor, step: tf.Tensor) => tf.Tensor): Program => ({
    name: "counting",
    inputs: { step: { type: "float32", shape: [1] } },
    state: ["count"],
    build: ({ step }, { count }) => ({
      outputs: { before: tf.mul(count as tf.Tensor, 1), twice: tf.mul(count as tf.Tensor, 2) },
      updates: { count: update(count as tf.Tensor, step as tf.Tensor) }
    })
  })

  const executors = [
    { name: "compiled", open: async () => compiledExecutor({ threads: 1 }) },
    { name: "eager", open: () => eagerExecutor(eagerBackends.cpu) }
  ]

  it.each(executors)("is read before it is replaced, $name", async ({ open }) => {
    const executor = await open()
    const updates = [
      (count: tf.Tensor, step: tf.Tensor) => tf.add(count, step),
      (count: tf.Tensor, step: tf.Tensor) => tf.add(reversed(count), tf.mul(step, 0)),
      (_: tf.Tensor, step: tf.Tensor) => tf.concat([step, tf.zeros([2])])
    ] as const
    const expected = [
      [11, 12, 13],
      [3, 2, 1],
      [10, 0, 0]
    ]
    for (const [index, update] of updates.entries()) {
      const state = executor.state({ count: { shape: [3], values: Float32Array.of(1, 2, 3) } })
      const program = await executor.compile(counting(update), state)
      const told = await program.run({ step: Float32Array.of(10) })
      expect([...(told.before ?? [])]).toEqual([1, 2, 3])
      expect([...(told.twice ?? [])]).toEqual([2, 4, 6])
      expect([...state.read("count")]).toEqual(expected[index])
    }
  })
})

import { createRequire } from "node:module"
import { describe, expect, it } from "vitest"
import { gpuBackend, tryBackend } from "./eager/backends.ts"
import { describeExecutor, openExecutor } from "./executors.ts"

describe("openExecutor", () => {
  it("runs on ONNX Runtime's CPU kernels where there is no GPU, and says what it passed over", async () => {
    const { executor, passedOver } = await openExecutor("auto", 1)
    expect(executor.description).toMatch(/^onnxruntime-node \d+\.\d+\.\d+ \(cpu, 1 thread\)$/)
    expect(passedOver.map(({ reason }) => reason)).toEqual(["its CUDA libraries are not installed", "not installed"])
  })

  it("runs operation by operation where that is wanted", async () => {
    const { executor, passedOver } = await openExecutor("eager")
    expect(executor.description).toContain("WebAssembly")
    expect(passedOver.map(({ reason }) => reason)).toEqual(["not installed"])
  })

  it("is described in lines for people", async () => {
    const [chosen, ...passedOver] = await describeExecutor("eager")
    expect(chosen).toBe("tfjs on WebAssembly (SIMD, one thread)")
    expect(passedOver).toEqual(["not tfjs on TensorFlow's native library (@tensorflow/tfjs-node-gpu): not installed"])
  })
})

describe("the GPU backend", () => {
  it("is passed over with the first line of what went wrong", async () => {
    const broken = gpuBackend(() => {
      throw new Error("libcudart.so.11.0: cannot open shared object file\nat somewhere")
    })
    expect((await tryBackend(broken))?.reason).toBe("libcudart.so.11.0: cannot open shared object file")
    expect((await tryBackend(gpuBackend(() => undefined)))?.reason).toContain("tensorflow")
  })

  it("finds in Node's utilities what newer versions removed from them", async () => {
    let known: unknown
    await tryBackend(
      gpuBackend(() => {
        known = createRequire(import.meta.url)("node:util").isNullOrUndefined
      })
    )
    expect([null, undefined, 0].map(known as (value: unknown) => boolean)).toEqual([true, true, false])
  })
})

import { describe, expect, it } from "@effect/vitest"
import { setBackend, tensor } from "@tensorflow/tfjs-core"
import "../../../runtime/tensors/tfjs.ts"
import { clipByGlobalNorm } from "./clipByGlobalNorm.ts"

const clip = (gradients: ReadonlyArray<ReadonlyArray<number>>, maxNorm: number) => {
  setBackend("cpu")
  const clipped = clipByGlobalNorm(
    gradients.map((values) => tensor([...values])),
    maxNorm
  )
  return { norm: clipped.norm.dataSync()[0], gradients: clipped.gradients.map((one) => [...one.dataSync()]) }
}

const close = (values: ReadonlyArray<number>) => values.map((value) => expect.closeTo(value, 5))

describe("clipByGlobalNorm", () => {
  it("scales gradients that together are longer than the norm: 3, 4 and 12 have 13", () => {
    expect(clip([[3, 4], [12]], 1)).toEqual({ norm: 13, gradients: [close([3 / 13, 4 / 13]), close([12 / 13])] })
  })

  it("leaves shorter ones as they are", () => {
    expect(clip([[3, 4], [12]], 13.1)).toEqual({ norm: 13, gradients: [[3, 4], [12]] })
  })

  it("leaves gradients of 0 as they are", () => {
    expect(clip([[0, 0], [0]], 1)).toEqual({ norm: 0, gradients: [[0, 0], [0]] })
  })
})

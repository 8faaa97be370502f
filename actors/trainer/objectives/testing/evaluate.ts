import { grad, scalar, setBackend, type Tensor, tensor1d, tensor2d, tidy } from "@tensorflow/tfjs-core"
import "../../../../runtime/tensors/tfjs.ts"
import type { Outcome } from "../objective.ts"

/** One row a sequence, one number a target position. */
export type Rows = ReadonlyArray<ReadonlyArray<number>>

export const matrix = (rows: Rows): Tensor => tensor2d(rows.map((row) => [...row]))
export const vector = (values: ReadonlyArray<number>): Tensor => tensor1d([...values])

/** What tells an objective's tests which tokens count, and how many: all that the mask has, if not told. */
export const counted = (mask: Rows, count: number = mask.flat().reduce((total, one) => total + one, 0)) => ({
  mask: matrix(mask),
  normaliser: scalar(count)
})

const numberOf = (value: Tensor): number => value.dataSync()[0] ?? Number.NaN

/** Loss and metrics as numbers. */
export const evaluate = (outcome: () => Outcome) => {
  setBackend("cpu")
  return tidy(() => {
    const { loss, metrics } = outcome()
    const numbers = Object.entries(metrics).map(([name, value]): [string, number] => [name, numberOf(value)])
    return { loss: numberOf(loss), metrics: Object.fromEntries(numbers) }
  })
}

/** The derivative of the loss by each log-probability. */
export const gradientOf = (loss: (logProbs: Tensor) => Tensor, logProbs: Rows): Rows => {
  setBackend("cpu")
  return tidy(() => grad(loss)(matrix(logProbs)).arraySync()) as unknown as Rows
}

/** The same by central differences: half the change of the loss over `step` to either side of each number. */
export const slopesOf = (loss: (logProbs: Tensor) => Tensor, logProbs: Rows, step = 0.01): Rows => {
  const lossAt = (row: number, column: number, by: number) => {
    const moved = logProbs.map((values, r) =>
      values.map((value, c) => (r === row && c === column ? value + by : value))
    )
    return tidy(() => numberOf(loss(matrix(moved))))
  }
  return logProbs.map((values, row) =>
    values.map((_, column) => (lossAt(row, column, step) - lossAt(row, column, -step)) / (2 * step))
  )
}

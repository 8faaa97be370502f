/** An axis from 0 to `end` with a mark at every value of `ticks`. */
export interface Axis {
  readonly end: number
  readonly ticks: ReadonlyArray<number>
}

/** An axis in round steps (1, 2, 2.5 or 5 times a power of ten) that reaches `max` with no more than `most` of them. */
export const axisTo = (max: number, most = 5): Axis => {
  if (!(max > 0)) return { end: 1, ticks: [0, 1] }
  const power = 10 ** Math.floor(Math.log10(max / most))
  const step = power * ([1, 2, 2.5, 5].find((factor) => factor * power * most >= max * (1 - 1e-9)) ?? 10)
  const steps = Math.ceil(max / step - 1e-9)
  return { end: tidy(steps * step), ticks: Array.from({ length: steps + 1 }, (_, i) => tidy(i * step)) }
}

/** Without the last digits, in which 3 × 0.1 is not 0.3. */
const tidy = (value: number): number => Number(value.toPrecision(12))

/** An axis from `start` to `end` with a mark at every value of `ticks`. */
export interface Axis {
  readonly start: number
  readonly end: number
  readonly ticks: ReadonlyArray<number>
}

/** An axis in round steps (1, 2, 2.5 or 5 times a power of ten) that spans `min` to `max` with about `wanted` of them. */
export const axisBetween = (min: number, max: number, wanted = 5): Axis => {
  if (!(max > min)) return axisBetween(min - (Math.abs(min) || 1) / 2, min + (Math.abs(min) || 1) / 2, wanted)
  const rough = (max - min) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10)
  const first = Math.floor(min / step + 1e-9)
  const last = Math.ceil(max / step - 1e-9)
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => tidy((first + i) * step))
  return { start: tidy(first * step), end: tidy(last * step), ticks }
}

/** Without the last digits, in which 3 × 0.1 is not 0.3. */
const tidy = (value: number): number => Number(value.toPrecision(12))

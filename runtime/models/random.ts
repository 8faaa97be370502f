import { hash } from "node:crypto"

/** A source of random numbers that are the same for the same seed, on every machine. */
export interface Random {
  /** An integer from 0 to 2^32 - 1. */
  readonly bits: () => number
  /** A number from 0 up to, not including, 1, with 53 random bits. */
  readonly uniform: () => number
  /** An integer from 0 up to, not including, `below`, which is 2^53 at most. */
  readonly below: (below: number) => number
  /** A number of the normal distribution with mean 0 and deviation 1. */
  readonly normal: () => number
}

/**
 * Chris Doty-Humphrey's generator sfc32 (PractRand), which passes BigCrush. `label` tells apart what is drawn from one seed:
 * the numbers of two labels have nothing to do with each other.
 */
export const seededRandom = (seed: number, label: string): Random => {
  const digest = Buffer.from(hash("sha256", `${seed}/${label}`, "hex"), "hex")
  // In an array, because numbers of 32 bits that a closure changes would each be an object.
  const state = Int32Array.of(digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), 1)
  const bits = () => {
    const a = state[0] ?? 0
    const b = state[1] ?? 0
    const c = state[2] ?? 0
    const counter = state[3] ?? 0
    const drawn = (a + b + counter) | 0
    state[0] = b ^ (b >>> 9)
    state[1] = c + (c << 3)
    state[2] = ((c << 21) | (c >>> 11)) + drawn
    state[3] = counter + 1
    return drawn >>> 0
  }
  const uniform = () => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) / 2 ** 53
  const below = (limit: number) => Math.floor(uniform() * limit)
  const spare = Float64Array.of(Number.NaN)
  const normal = () => {
    const left = spare[0] ?? 0
    spare[0] = Number.NaN
    return Number.isNaN(left) ? drawPair(bits, spare) : left
  }
  return { bits, uniform, below, normal }
}

/** Marsaglia's polar method: returns one number and leaves the other. */
const drawPair = (bits: () => number, spare: Float64Array): number => {
  for (;;) {
    const x = bits() * 2 ** -31 - 1
    const y = bits() * 2 ** -31 - 1
    const square = x * x + y * y
    if (square >= 1 || square === 0) continue
    const stretch = Math.sqrt((-2 * Math.log(square)) / square)
    spare[0] = y * stretch
    return x * stretch
  }
}

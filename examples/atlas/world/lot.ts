import { hash } from "node:crypto"

/** The number from 0 to 2^32 - 1 that a text draws, always the same: what is decided by it needs no seed and no order. */
export const lotOf = (text: string): number => Number.parseInt(hash("sha256", text, "hex").slice(0, 8), 16)

/** One of several wordings. */
export const oneOf = <A>(wordings: readonly [A, ...ReadonlyArray<A>], lot: number): A =>
  wordings[lot % wordings.length] ?? wordings[0]

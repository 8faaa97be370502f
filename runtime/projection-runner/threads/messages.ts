import type { StoreLocation } from "../segments/segmentStore.ts"
import type { FoldedShare, Share } from "./share.ts"

/** What a worker thread is asked to do, once. */
export interface Assignment {
  readonly task: string
  readonly input: unknown
  readonly store: StoreLocation
  readonly share: Share
}

/** What it answers, once. */
export type Answer =
  | { readonly kind: "folded"; readonly folded: FoldedShare<unknown> }
  /** A segment does not hold what its index says. */
  | { readonly kind: "corrupt"; readonly segment: number; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string }

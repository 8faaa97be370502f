import { Effect } from "effect"
import { note } from "./terminal.ts"

/** Has an interrupted run say how it is gone on with. */
export const tellHowToGoOn =
  (runId: string) =>
  <A, E, R>(performing: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.onInterrupt(performing, () =>
      note(`Run "${runId}" was interrupted; give the same command again to go on where it stands.`)
    )

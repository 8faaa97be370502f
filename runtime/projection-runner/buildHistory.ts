import { Effect } from "effect"
import type { History } from "../../projections/history/history.ts"
import { mergeHistories } from "../../projections/history/merge.ts"
import type { Broker } from "../event-log/broker.ts"
import type { ReadError } from "../event-log/errors.ts"
import type { EventLog } from "../event-log/eventLog.ts"
import type { FoldedRange } from "./fold.ts"
import { foldParts, type Reading } from "./foldParts.ts"
import { historyTask } from "./tasks/history.ts"
import type { ThreadError } from "./threads/thread.ts"

/** The history of a range of the log, from the segment cache where that helps, else from the broker. */
export const buildHistory = (
  reading: Reading
): Effect.Effect<FoldedRange & { readonly history: History }, ReadError | ThreadError, EventLog | Broker> =>
  Effect.map(foldParts(historyTask, undefined, reading), ({ parts, ...folded }) => ({
    ...folded,
    history: mergeHistories(parts)
  }))

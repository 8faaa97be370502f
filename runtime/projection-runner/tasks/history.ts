import { evolveHistory, historyEvents, sharedHistoryEvents } from "../../../projections/history/fold.ts"
import { emptyHistory, type History } from "../../../projections/history/history.ts"
import type { Task } from "../threads/task.ts"

/** The history itself. */
export const historyTask: Task<undefined, History, History> = {
  name: "history",
  consumes: () => historyEvents,
  shared: sharedHistoryEvents,
  init: emptyHistory,
  evolve: evolveHistory,
  // Who wants the whole history wants the texts that a condensed one lacks.
  absorb: () => undefined,
  finish: (history) => history
}

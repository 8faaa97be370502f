import { evolveHistory, historyEvents, sharedHistoryEvents } from "../history/fold.ts"
import { emptyHistory, type History } from "../history/history.ts"
import { mergeInto } from "../history/merge.ts"

/** The fold of a dataset that rests on the history and on nothing else. */
export const overHistory = {
  consumes: historyEvents,
  shared: sharedHistoryEvents,
  init: emptyHistory,
  evolve: evolveHistory,
  absorb: mergeInto,
  historyOf: (history: History): History => history
} as const

import type { Fold } from "./foldLog.ts"

/** The same fold over the events of one run only. */
export const ofRun = <State>(fold: Fold<State>, run: string): Fold<State> => ({
  consumes: fold.consumes,
  init: fold.init,
  evolve: (state, event, sequence) => (event.runid === run ? fold.evolve(state, event, sequence) : state)
})

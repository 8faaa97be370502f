import type { Fold } from "./fold.ts"

/** The same fold over the events of one run only. */
export const ofRun = <State>(fold: Fold<State>, run: string): Fold<State> => ({
  consumes: fold.consumes,
  run,
  init: fold.init,
  evolve: (state, event, sequence) => fold.evolve(state, event, sequence)
})

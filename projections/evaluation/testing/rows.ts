import type { AnyEvent } from "../../../events/envelope.ts"
import { eventsOf, type Story } from "../../testing/story.ts"
import { evaluate, type RunEvaluation } from "../evaluate.ts"
import { type EvaluationConfig, evaluation } from "../evaluation.ts"
import type { EvaluationRow } from "../row.ts"

/** The rows of a log. */
export const rowsOf = (events: Iterable<AnyEvent>, config: EvaluationConfig = {}): ReadonlyArray<EvaluationRow> => {
  let state = evaluation.init()
  let sequence = 0
  for (const event of events) state = evaluation.evolve(state, event, ++sequence)
  return [...evaluation.rows(state, config)]
}

/** The figures of a log that holds one run. */
export const evaluationOf = (events: Iterable<AnyEvent>): RunEvaluation => {
  const [run] = evaluate(rowsOf(events))
  if (run === undefined) throw new Error("expected a log of one run, found none")
  return run
}

/**
 * Four answers and a failure. F1 is 0, 2/3, 1, 1 with 2, 1, 3, 1 searches; q1 and q3 have one low-quality query each, by
 * usefulness and by novelty; a branch makes q1 correct.
 */
export const worked: Story = {
  questions: [
    {
      id: "q1",
      trajectories: [{ answer: "silver", rounds: [{}, { usefulness: 0 }], branches: [{ at: 2, rounds: [{}] }] }]
    },
    { id: "q2", golden: ["red fox"], trajectories: [{ answer: "red" }] },
    { id: "q3", trajectories: [{ rounds: [{}, {}, { overlap: 2 }] }] },
    { id: "q4", trajectories: [{}] },
    { id: "q5", trajectories: [{ failed: "rejected" }] }
  ]
}

export const workedEvents = eventsOf(worked)

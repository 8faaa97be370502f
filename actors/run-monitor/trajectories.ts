/**
 * How far a trajectory has come, from the least to the most: it only ever moves forward, so an event that comes twice, or
 * late, changes nothing.
 *
 * A branch begins as `refining` (its query is to be rewritten), may be `shelved` (the refiner's message was parked) or
 * `refused` (no better query was found), and goes on like any other: `running`, `stuck` (parked at an actor without which it
 * can't go on), `failed`, `completed`, `assessed`.
 */
const phases = ["refining", "shelved", "refused", "running", "stuck", "failed", "completed", "assessed"] as const
export type Phase = (typeof phases)[number]

/** One trajectory of a run, as far as its progress goes. */
export interface Trajectory {
  phase: Phase
  /** Required scores that will not come, because the message that asks for them is parked. */
  missingScores: number
  /** Branches that were announced for it, by trajectory id. */
  branches: ReadonlyArray<string>
}

/** How a trajectory counts: `open` keeps its run from being complete, `refused` never came to be. */
export type Standing = "open" | "assessed" | "failed" | "parked" | "refused"

export const standingOf = ({ phase, missingScores }: Trajectory): Standing => {
  switch (phase) {
    case "refining":
    case "running":
      return "open"
    case "completed":
      return missingScores > 0 ? "parked" : "open"
    case "shelved":
    case "stuck":
      return "parked"
    default:
      return phase
  }
}

export const isBehind = (phase: Phase, other: Phase): boolean => phases.indexOf(phase) < phases.indexOf(other)

import type { ProcessManager } from "../processManager.ts"
import { decide } from "./decide.ts"
import { type AssessmentInput, type AssessmentState, evolve, init } from "./state.ts"

/**
 * Gathers all required scores of a completed trajectory and says what it is worth (SmartSearch, arXiv 2601.04888, dual-level
 * credit assessment): the outcome, the quality of every query, the reward, and the rounds to refine.
 *
 * The combination of a run names its required scorers. Scores may come before or after the completion, and in any order:
 * what is emitted is attributed to the completion. Rounds that a branch inherited count with their parent's scores and are
 * not refined again; given rounds have no scores and count for nothing.
 */
export const assessment: ProcessManager<AssessmentState, AssessmentInput["type"]> = {
  name: "assessment",
  version: "1",
  consumes: ["RunStarted", "TrajectoryCompleted", "QueryScored", "ScoreOverridden", "TrajectoryAssessed"],
  emits: ["OutcomeScored", "TrajectoryAssessed"],
  init,
  evolve,
  decide
}

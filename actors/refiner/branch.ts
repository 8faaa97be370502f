import { contextOf } from "../../events/context.ts"
import type { NewEvent } from "../../events/envelope.ts"
import { branchTrajectoryId } from "../../events/ids.ts"
import type { Progress, Round, TrajectoryContext } from "../../events/shapes.ts"
import { cutAtQuery, replaceLastQuery } from "../../method/protocol.ts"

/**
 * Asks for the branch that goes on with another query in place of a round's (SmartSearch, arXiv 2601.04888, query
 * refinement): the same question and settings, from the parent's transcript cut right after that query.
 */
export const branchRequested = (
  parent: TrajectoryContext & Progress,
  replaced: Round,
  refined: { readonly query: string; readonly refinementId: string }
): NewEvent => {
  const trajectoryId = branchTrajectoryId(parent.trajectoryId, replaced.round)
  return {
    type: "RolloutRequested",
    subject: trajectoryId,
    data: {
      ...contextOf(parent),
      trajectoryId,
      branch: [...parent.branch, replaced.round],
      origin: { trajectoryId: parent.trajectoryId, round: replaced.round, refinementId: refined.refinementId },
      prefix: prefixOf(parent, replaced, refined.query)
    }
  }
}

/**
 * What the branch keeps of its parent: the rounds whose results lie before the cut, with their ids and so with their scores,
 * and the generations that end before it. The generation that is cut is no longer the policy's own.
 *
 * Of several searches of one output the results come after all of them. So when a later one is replaced, the earlier ones
 * lie before the cut without results: the branch executes them anew, as rounds of its own.
 */
const prefixOf = (parent: Progress, { queryEnd }: Round, query: string): Progress => ({
  transcript: replaceLastQuery(cutAtQuery(parent.transcript, queryEnd), query),
  rounds: parent.rounds
    .filter(({ resultEnd }) => resultEnd <= queryEnd)
    .map((round) => (round.kind === "given" ? round : { ...round, kind: "inherited" })),
  turns: parent.turns.filter(({ end }) => end < queryEnd)
})

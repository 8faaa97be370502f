import { Effect } from "effect"
import { identityOf } from "../../events/context.ts"
import type { EventOf, NewEvent } from "../../events/envelope.ts"
import { actorSource, branchTrajectoryId, eventId } from "../../events/ids.ts"
import type { Author, ModelExchange, Round } from "../../events/shapes.ts"
import { branchRequested } from "./branch.ts"
import type { Proposal } from "./proposal.ts"

/** A low-quality query with all that a refiner may look at. */
export interface RoundToRefine {
  readonly trajectory: EventOf<"TrajectoryAssessed">["data"]
  readonly round: Round
  /** T_t: why the query was judged low. */
  readonly feedback: string
}

/** What came of refining one round. */
export interface Refinement {
  readonly proposal: Proposal
  readonly exchange?: ModelExchange
}

/**
 * Refines every round that an assessment asks for. First comes what came of each round, in their order, then the requests of
 * the branches: so a round's `QueryRefined` has the same id however the other rounds fared, and its branch can name it.
 */
export const refineRounds = <E, R>(
  event: EventOf<"TrajectoryAssessed">,
  refiner: Author,
  refine: (round: RoundToRefine) => Effect.Effect<Refinement, E, R>
): Effect.Effect<ReadonlyArray<NewEvent>, E, R> =>
  Effect.map(
    Effect.forEach(
      roundsToRefine(event.data),
      (round) => Effect.map(refine(round), (refinement) => ({ ...round, ...refinement })),
      { concurrency: "unbounded" }
    ),
    (refined) => {
      const source = actorSource(refiner.name, refiner.version)
      return [
        ...refined.map((round) => outcome(round, refiner)),
        ...refined.flatMap(({ trajectory, round, proposal }, ordinal) =>
          proposal.kind === "refined"
            ? [branchRequested(trajectory, round, { ...proposal, refinementId: eventId(source, event.id, ordinal) })]
            : []
        )
      ]
    }
  )

const roundsToRefine = (trajectory: EventOf<"TrajectoryAssessed">["data"]): ReadonlyArray<RoundToRefine> =>
  trajectory.rounds
    .filter(({ round }) => trajectory.refine.includes(round))
    .map((round) => ({
      trajectory,
      round,
      feedback: trajectory.assessments.find((assessment) => assessment.round === round.round)?.feedback ?? ""
    }))

const outcome = (
  { trajectory, round, feedback, proposal, exchange }: RoundToRefine & Refinement,
  refiner: Author
): NewEvent => {
  const common = {
    ...identityOf(trajectory),
    round: round.round,
    queryId: round.queryId,
    original: round.query,
    feedback,
    refiner,
    ...(exchange === undefined ? {} : { exchange })
  }
  return proposal.kind === "failed"
    ? { type: "RefinementFailed", subject: round.queryId, data: { ...common, reason: proposal.reason } }
    : {
        type: "QueryRefined",
        subject: round.queryId,
        data: {
          ...common,
          refined: proposal.query,
          explanation: proposal.explanation,
          branchTrajectoryId: branchTrajectoryId(trajectory.trajectoryId, round.round)
        }
      }
}

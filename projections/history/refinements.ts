import type { QuestionHistory } from "./history.ts"
import { compareText } from "./order.ts"

/** A query that took the place of another one, with the event that tells it. */
export interface RefinedQuery {
  readonly eventId: string
  readonly refined: string
}

/** The queries that were found in place of one, in canonical order: usually one, more when several refiners tried. */
export const refinementsOf = ({ refinements }: QuestionHistory, queryId: string): ReadonlyArray<RefinedQuery> =>
  [...refinements.values()]
    .flatMap(({ eventId, outcome, ...refinement }) =>
      refinement.queryId === queryId && outcome.kind === "refined" ? [{ eventId, refined: outcome.query }] : []
    )
    .sort((left, right) => compareText(left.eventId, right.eventId))

import { Effect } from "effect"
import type { EventOf } from "../../events/envelope.ts"
import { isNovel, noveltyFeedback, overlap } from "../../method/novelty.ts"
import { type Actor, defineActor } from "../actor.ts"
import { type QueryScore, queryScored } from "../queryScore.ts"

export interface RedundancyCheckerSettings {
  /** K: documents that earlier rounds already retrieved which a novel query may retrieve again (1 in the paper). */
  readonly maxOverlap: number
}

/**
 * The rule half of the process reward (SmartSearch, arXiv 2601.04888, novelty score): a query is novel when at most K of its
 * documents had been retrieved before. The overlapping ids are kept as evidence, so a replay can try another K.
 */
export const redundancyChecker = (
  settings: RedundancyCheckerSettings = { maxOverlap: 1 }
): Actor<"DocumentsRetrieved", never> =>
  defineActor({
    name: "redundancy-checker",
    version: "1",
    consumes: ["DocumentsRetrieved"],
    handle: (event) => Effect.succeed([queryScored(event, noveltyOf(event, settings))])
  })

const noveltyOf = ({ data }: EventOf<"DocumentsRetrieved">, { maxOverlap }: RedundancyCheckerSettings): QueryScore => {
  const known = overlap(
    data.documents.map(({ id }) => id),
    data.earlierDocumentIds
  )
  return {
    scorer: { name: "novelty", version: "1" },
    result: { kind: "value", score: isNovel(known.length, maxOverlap) ? 1 : 0 },
    explanation: noveltyFeedback(known.length, maxOverlap),
    evidence: { overlap: known }
  }
}

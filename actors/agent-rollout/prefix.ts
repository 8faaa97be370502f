import { Result } from "effect"
import { queryId } from "../../events/ids.ts"
import type { Progress, Round } from "../../events/shapes.ts"
import { pendingQueries, priming, resultSpans, tags, transcriptQueries } from "../../method/protocol.ts"

/** A search that the policy asked for and nobody has executed yet. `queryEnd` is where its `</search>` ends in the transcript. */
export interface PendingQuery {
  readonly query: string
  readonly queryEnd: number
}

/** What a prefix leaves to do: its earlier rounds are on record, its last queries wait to be executed. */
export interface Continuation {
  readonly progress: Progress
  readonly pending: ReadonlyArray<PendingQuery>
}

/**
 * Reads the prefix that a trajectory starts from, cut right after a `</search>`. Fails with what the prefix should have been
 * and what it is.
 *
 * Rounds that come from a parent are `inherited`, all others `given`. A prefix from outside that comes as text alone gets
 * its rounds from the text; which documents they retrieved is then not known.
 */
export const continueFrom = (
  prefix: Progress,
  trajectory: { readonly trajectoryId: string; readonly isBranch: boolean }
): Result.Result<Continuation, string> => {
  const { transcript } = prefix
  if (!transcript.startsWith(priming)) {
    return Result.fail(`expected a prefix that begins with ${priming}, found "${transcript.slice(0, 40)}"`)
  }
  const pending = pendingQueries(transcript).map(({ query, end }) => ({ query, queryEnd: end }))
  if (pending.length === 0) {
    const end = transcript.slice(-40)
    return Result.fail(`expected a prefix that ends right after the ${tags.search.close} of a query, found "${end}"`)
  }
  if (prefix.rounds.length > 0) {
    const rounds = prefix.rounds.map((round) => ({ ...round, kind: kindOf(round, trajectory.isBranch) }))
    return Result.succeed({ progress: { ...prefix, rounds }, pending })
  }
  const rounds = roundsOf(transcript, trajectory.trajectoryId)
  const results = resultSpans(transcript).length
  return results === rounds.length
    ? Result.succeed({ progress: { ...prefix, rounds }, pending })
    : Result.fail(`expected one query for each of the ${results} results of the prefix, found ${rounds.length}`)
}

/** A round that came with the root's own prefix stays given in every branch: nobody scored it. */
const kindOf = (round: Round, isBranch: boolean): Round["kind"] =>
  isBranch && round.kind !== "given" ? "inherited" : "given"

/** The answered queries of a text: the n-th one before the last result got the n-th result. */
const roundsOf = (transcript: string, trajectoryId: string): ReadonlyArray<Round> => {
  const results = resultSpans(transcript)
  const lastResult = results.at(-1)?.start ?? 0
  return transcriptQueries(transcript)
    .filter(({ end }) => end <= lastResult)
    .map(({ query, end }, i) => ({
      round: i + 1,
      queryId: queryId(trajectoryId, i + 1),
      query,
      kind: "given",
      queryEnd: end,
      resultStart: results[i]?.start ?? end,
      resultEnd: results[i]?.end ?? end,
      documentIds: []
    }))
}

import { Result } from "effect"
import { resultSpans, tags, transcriptQueries } from "../../../method/protocol.ts"
import type { Solution } from "./solution.ts"

/** An executed search of a solution. */
export interface ScorableRound {
  readonly query: string
  /** The solution up to and including the results. */
  readonly transcript: string
  /** What was retrieved: ids where the trainer gave them, texts where it did not. */
  readonly documents: ReadonlyArray<string>
  /** What earlier rounds retrieved, known in the same way. */
  readonly earlier: ReadonlyArray<string>
  /** Scores that came with the solution, by scorer. */
  readonly scores: Readonly<Record<string, number>>
}

/** The executed searches of a solution, in order. Fails with what is wrong when fewer came with it than it shows results of. */
export const roundsOf = ({ rounds, solution }: Solution): Result.Result<ReadonlyArray<ScorableRound>, string> => {
  const results = resultSpans(solution)
  if (rounds !== undefined && rounds.length < results.length) {
    return Result.fail(`expected a round for each result, got ${rounds.length} for ${results.length}`)
  }
  const queries = transcriptQueries(solution)
  const documents = results.map(
    ({ start, end }, index) => rounds?.[index]?.document_ids ?? documentsIn(solution.slice(start, end))
  )
  return Result.succeed(
    results.map(({ end }, index) => ({
      query: queries[index]?.query ?? "",
      transcript: solution.slice(0, end),
      documents: documents[index] ?? [],
      earlier: documents.slice(0, index).flat(),
      scores: rounds?.[index]?.scores ?? {}
    }))
  )
}

/** The documents of a result, which a blank line parts: each begins with its title in quotes. */
const documentsIn = (result: string): ReadonlyArray<string> => {
  const inside = result.slice(tags.result.open.length).split(tags.result.close)[0] ?? ""
  const text = inside.replace(/^\s*result:/, "").trim()
  return text === "" ? [] : text.split(/\n\n(?="[^\n]*"\n)/).map((document) => document.trim())
}

import { Result } from "effect"
import { didYouMean } from "../../../config/problems.ts"

/** What a report is about. */
export interface Subject {
  readonly kind: "curriculum" | "run"
  readonly name: string
}

/** What a log has, the oldest first. */
export interface Known {
  readonly curricula: ReadonlyArray<string>
  /** Every run, those of curricula among them. */
  readonly runs: ReadonlyArray<string>
}

/** Names that are listed at most. */
const shown = 8

/**
 * The curriculum or the run of that name; without a name the newest curriculum, and the newest run where there is none. Fails in
 * words.
 */
export const chooseSubject = (name: string | undefined, { curricula, runs }: Known): Result.Result<Subject, string> => {
  const [curriculum, run] =
    name === undefined
      ? [curricula.at(-1), runs.at(-1)]
      : [curricula.find((one) => one === name), runs.find((one) => one === name)]
  if (curriculum !== undefined) return Result.succeed({ kind: "curriculum", name: curriculum })
  if (run !== undefined) return Result.succeed({ kind: "run", name: run })
  if (name === undefined) return Result.fail("the log has no curriculum and no run yet")
  const guess = didYouMean(name, [...curricula, ...runs])
  return Result.fail(`no curriculum or run "${name}"${guess}: the log has ${listed(curricula, runs)}`)
}

const listed = (curricula: ReadonlyArray<string>, runs: ReadonlyArray<string>): string => {
  const parts = [
    ...(curricula.length === 0 ? [] : [`the curricula ${newest(curricula)}`]),
    ...(runs.length === 0 ? [] : [`the runs ${newest(runs)}`])
  ]
  return parts.length === 0 ? "none" : parts.join(" and ")
}

/** The newest names, and how many others there are. */
const newest = (names: ReadonlyArray<string>): string => {
  const others = names.length - shown
  return `${names.slice(-shown).join(", ")}${others > 0 ? ` (and ${others} older)` : ""}`
}

import { type PlatformError, Schema } from "effect"

/** One thing that is wrong: `where` is `file:line:column`, a file, or the command-line option it came from. */
const Problem = Schema.Struct({ where: Schema.String, message: Schema.String })
export type Problem = typeof Problem.Type

const shown = 20

/** Thrown when a configuration or a questions file can't be used. The message has one line for each of the first problems. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  problems: Schema.Array(Problem)
}) {
  override get message(): string {
    const lines = this.problems.slice(0, shown).map(({ where, message }) => `${where}: ${message}`)
    const more = this.problems.length - lines.length
    return [...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join("\n")
  }
}

/** The problem of a file that can't be read. */
export const unreadable =
  (where: string) =>
  ({ reason }: PlatformError.PlatformError): ConfigError => {
    const message = reason._tag === "NotFound" ? "no such file" : `can't be read: ${reason.message}`
    return new ConfigError({ problems: [{ where, message }] })
  }

/** ` (did you mean "x"?)` when one of the known names is close to what was written; else nothing. */
export const didYouMean = (written: string, known: ReadonlyArray<string>): string => {
  const tolerated = Math.max(1, Math.floor(written.length / 3))
  const [closest] = known
    .map((name) => ({ name, distance: editDistance(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= tolerated)
    .sort((left, right) => left.distance - right.distance)
  return closest === undefined ? "" : ` (did you mean "${closest.name}"?)`
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
const editDistance = (left: string, right: string): number => {
  let beforeLast: ReadonlyArray<number> = []
  let last: ReadonlyArray<number> = Array.from({ length: right.length + 1 }, (_, j) => j)
  const at = (row: ReadonlyArray<number>, j: number): number => row[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= left.length; i++) {
    const row = [i]
    for (let j = 1; j <= right.length; j++) {
      const replaced = at(last, j - 1) + (left[i - 1] === right[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
          ? at(beforeLast, j - 2) + 1
          : Number.POSITIVE_INFINITY
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped))
    }
    beforeLast = last
    last = row
  }
  return at(last, right.length)
}

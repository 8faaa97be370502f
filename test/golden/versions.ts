import { readdirSync, readFileSync } from "node:fs"
import { Result } from "effect"
import { codec } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"

/** The golden logs, one folder for each version. */

const folder = new URL("./", import.meta.url)

export interface GoldenLog {
  readonly number: number
  /** Its lines as they were written. */
  readonly lines: ReadonlyArray<string>
}

export const fileOf = (number: number, name: "events.ndjson" | "expected.json"): URL =>
  new URL(`v${number}/${name}`, folder)

/** All golden logs, oldest first. */
export const goldenLogs = (): ReadonlyArray<GoldenLog> =>
  readdirSync(folder)
    .flatMap((name) => /^v(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((left, right) => left - right)
    .map((number) => ({
      number,
      lines: readFileSync(fileOf(number, "events.ndjson"), "utf8")
        .split("\n")
        .filter((line) => line !== "")
    }))

/** The events of a golden log as they are read today. */
export const eventsOf = ({ lines }: GoldenLog): ReadonlyArray<AnyEvent> =>
  lines.map((line) => Result.getOrThrow(codec.decode(line)))

/** `type:version` of every line, as it was written. */
export const typesIn = ({ lines }: GoldenLog): ReadonlyArray<string> =>
  lines.flatMap((line) => /"dataschema":"urn:smartsearch:event:([A-Za-z]+:\d+)"/.exec(line)?.[1] ?? [])

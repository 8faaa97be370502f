import type { AnyEvent } from "../../events/envelope.ts"
import type { EventType } from "../../events/registry.ts"
import type { Scope } from "./collect.ts"

/** Which question of which run a trajectory belongs to, by trajectory id. */
export type TrajectoryIndex = Map<string, Scope>

const naming = ["RolloutRequested", "TrajectoryCompleted"] as const satisfies ReadonlyArray<EventType>

/** A fold that learns of every trajectory that was requested, or that was imported when it had already ended. */
export const indexTrajectories = {
  consumes: naming as ReadonlyArray<EventType>,
  init: (): TrajectoryIndex => new Map(),
  evolve: (index: TrajectoryIndex, event: AnyEvent): TrajectoryIndex => {
    if (event.type !== "RolloutRequested" && event.type !== "TrajectoryCompleted") return index
    const { trajectoryId } = event.data
    if (!index.has(trajectoryId)) index.set(trajectoryId, { runId: event.runid, correlationId: event.correlationid })
    return index
  }
}

/** What came of looking a trajectory up. */
export type Location =
  | { readonly kind: "found"; readonly trajectoryId: string; readonly scope: Scope }
  /** Several ids begin with what was given. */
  | { readonly kind: "ambiguous"; readonly candidates: ReadonlyArray<string> }
  /** No id does; `similar` ones differ from it in a few characters, the most similar first. */
  | { readonly kind: "unknown"; readonly similar: ReadonlyArray<string> }

/** The trajectory whose id was given, or the only one whose id begins so. */
export const locateTrajectory = (index: TrajectoryIndex, given: string): Location => {
  const exact = index.get(given)
  if (exact !== undefined) return { kind: "found", trajectoryId: given, scope: exact }
  const candidates = [...index].filter(([id]) => given !== "" && id.startsWith(given))
  const [only] = candidates
  if (only !== undefined && candidates.length === 1) return { kind: "found", trajectoryId: only[0], scope: only[1] }
  return candidates.length > 0
    ? { kind: "ambiguous", candidates: candidates.map(([id]) => id).sort() }
    : { kind: "unknown", similar: similarTo(given, [...index.keys()]) }
}

/** The parts of a query id, `<trajectory>:<round>`; the trajectory may be the beginning of an id. Undefined for anything else. */
export const parseQueryId = (given: string): { readonly trajectory: string; readonly round: number } | undefined => {
  const match = /^(.+):([1-9]\d*)$/.exec(given)
  return match?.[1] === undefined ? undefined : { trajectory: match[1], round: Number(match[2]) }
}

const mostSimilar = 3

/** Slips that are taken for such: one in three characters, but no more than three. */
const slips = (given: string): number => Math.min(3, Math.floor(given.length / 3))

const similarTo = (given: string, ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  (given === "" ? [] : ids)
    .map((id) => ({ id, distance: distance(given, id.slice(0, given.length)) }))
    .filter((candidate) => candidate.distance <= slips(given))
    .sort((left, right) => left.distance - right.distance || (left.id < right.id ? -1 : 1))
    .slice(0, mostSimilar)
    .map(({ id }) => id)

/** Insertions, deletions and replacements of characters that turn one text into the other. */
const distance = (left: string, right: string): number => {
  let last = Array.from({ length: right.length + 1 }, (_, j) => j)
  for (let i = 1; i <= left.length; i++) {
    const row = [i]
    for (let j = 1; j <= right.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    last = row
  }
  return last[right.length] ?? 0
}

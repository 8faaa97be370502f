import type { AnyEvent } from "../../../events/envelope.ts"
import type { EventType } from "../../../events/registry.ts"

/** Rows of the datasets that were built, by {@link builtKey}. */
export type BuiltRows = Map<string, number>

/** What tells the datasets of a log apart. */
export const builtKey = (dataset: {
  readonly runId: string
  readonly kind: string
  readonly location: string
}): string => [dataset.runId, dataset.kind, dataset.location].join("\n")

const consumes = ["DatasetBuilt"] as const satisfies ReadonlyArray<EventType>

/** A fold that learns how many rows each dataset had when it was built first, as the curriculum does that trains on it. */
export const builtRows = {
  consumes: consumes as ReadonlyArray<EventType>,
  init: (): BuiltRows => new Map(),
  evolve: (built: BuiltRows, event: AnyEvent): BuiltRows => {
    if (event.type !== "DatasetBuilt") return built
    const { kind, location, rows } = event.data
    const key = builtKey({ runId: event.runid, kind, location })
    return built.has(key) ? built : built.set(key, rows)
  }
}

import { Result } from "effect"
import type { AnyEvent } from "../../events/envelope.ts"
import { everyDatasetKind, withDatasetKind } from "../../projections/datasets/kinds.ts"
import { configure } from "../../projections/datasets/settings.ts"
import { evaluation } from "../../projections/evaluation/evaluation.ts"
import type { Projection } from "../../projections/projection.ts"
import { training } from "../../projections/training/training.ts"

/** One combination for all runs, since those of a log may have several. */
const assignments = ["combine=novelty and usefulness"]

/** What the projections of today make of a log, as JSON: rows by `name@version`. */
export const foldAll = (events: ReadonlyArray<AnyEvent>): Readonly<Record<string, unknown>> => {
  const datasets = everyDatasetKind.map((name) =>
    withDatasetKind(name, (kind) => {
      const state = fold(kind, events)
      const config = Result.getOrThrow(configure(kind.settings, kind.historyOf(state).runs.values(), assignments))
      return [keyOf(kind), asJson(kind.rows(state, config))]
    })
  )
  return Object.fromEntries([
    ...datasets,
    [keyOf(evaluation), asJson(evaluation.rows(fold(evaluation, events), {}))],
    [keyOf(training), asJson(training.rows(fold(training, events), {}))]
  ])
}

const keyOf = ({ name, version }: { readonly name: string; readonly version: number }): string => `${name}@${version}`

const fold = <State, Config, Row>(projection: Projection<State, Config, Row>, events: ReadonlyArray<AnyEvent>): State =>
  events.reduce(
    (state, event, index) =>
      projection.consumes.includes(event.type) ? projection.evolve(state, event, index + 1) : state,
    projection.init()
  )

const asJson = (rows: Iterable<unknown>): unknown => JSON.parse(JSON.stringify([...rows]))

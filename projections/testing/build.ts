import { Result } from "effect"
import type { AnyEvent } from "../../events/envelope.ts"
import type { ScoringSettings } from "../../events/shapes.ts"
import { buildDataset } from "../datasets/buildDataset.ts"
import type { DatasetKind, DatasetRow } from "../datasets/dataset.ts"
import { decisionsOf } from "../datasets/decisions.ts"
import { configure } from "../datasets/settings.ts"

/**
 * Builds a dataset of events as `datasets build --set …` would: its rows, what became of every trajectory, and all the
 * rest.
 */
export const built = <State, Config extends ScoringSettings, Row extends DatasetRow>(
  kind: DatasetKind<State, Config, Row>,
  events: ReadonlyArray<AnyEvent>,
  set: ReadonlyArray<string> = [],
  formats: ReadonlyArray<string> = []
) => {
  const state = events.reduce((folded, event, i) => kind.evolve(folded, event, i + 1), kind.init())
  const { runs } = kind.historyOf(state)
  const config = Result.getOrThrow(configure(kind.settings, runs.values(), set))
  const folded = { runs, first: 1, last: events.length }
  const dataset = Result.getOrThrow(buildDataset(kind, folded, { set, formats }, () => kind.rows(state, config)))
  return { state, config, dataset, rows: dataset.rows, decisions: [...decisionsOf(kind, state, config)] }
}

import { Result, Schema } from "effect"
import type { EventOf } from "../../events/envelope.ts"
import type { ScoringSettings } from "../../events/shapes.ts"
import type { DatasetKind, DatasetRow } from "../datasets/dataset.ts"
import { explain } from "../datasets/decisions.ts"
import { datasetKinds, withDatasetKind } from "../datasets/kinds.ts"
import { configure } from "../datasets/settings.ts"
import type { DatasetVerdict, LoggedEvent } from "./story.ts"

/**
 * What became of a trajectory in each kind of dataset. Decided as the newest dataset of that kind was built, with its settings
 * and the events up to its end; where none was built, by the run's own rules and the kind's usual settings.
 *
 * `events` are those of the trajectory's question and of its run: no dataset looks beyond a question.
 */
export const datasetVerdicts = (
  events: ReadonlyArray<LoggedEvent>,
  trajectoryId: string
): ReadonlyArray<DatasetVerdict> =>
  datasetKinds.map((name) => withDatasetKind(name, (kind) => verdictOf(kind, events, trajectoryId)))

interface Built {
  readonly sequence: number
  readonly event: EventOf<"DatasetBuilt">
}

const verdictOf = <State, Config extends ScoringSettings, Row extends DatasetRow>(
  kind: DatasetKind<State, Config, Row>,
  events: ReadonlyArray<LoggedEvent>,
  trajectoryId: string
): DatasetVerdict => {
  const built = newestBuilt(events, kind.name)
  const state = events
    .filter(({ sequence }) => built === undefined || sequence <= built.event.data.lastSequence)
    .reduce((folded, { event, sequence }) => kind.evolve(folded, event, sequence), kind.init())
  const subject = { dataset: kind.name, trajectoryId, ...(built === undefined ? {} : { built: referenceTo(built) }) }
  const config = configOf(kind, state, built)
  if (Result.isFailure(config)) return { ...subject, included: false, rowIds: [], reasons: [config.failure] }
  const decision = explain(kind, state, config.success, trajectoryId)
  const { included, rowIds, reasons } = decision ?? { included: false, rowIds: [], reasons: ["it has not ended"] }
  return { ...subject, included, rowIds, reasons }
}

const newestBuilt = (events: ReadonlyArray<LoggedEvent>, kind: string): Built | undefined =>
  events
    .flatMap(({ sequence, event }) =>
      event.type === "DatasetBuilt" && event.data.kind === kind ? [{ sequence, event }] : []
    )
    .at(-1)

const referenceTo = ({ sequence, event }: Built) => ({ eventId: event.id, sequence, location: event.data.location })

/** The settings a dataset was built with, as the log keeps them. */
const configOf = <State, Config extends ScoringSettings, Row extends DatasetRow>(
  kind: DatasetKind<State, Config, Row>,
  state: State,
  built: Built | undefined
): Result.Result<Config, string> => {
  if (built === undefined) {
    return Result.mapError(configure(kind.settings, kind.historyOf(state).runs.values(), []), ({ message }) => message)
  }
  return Result.mapError(
    Schema.decodeUnknownResult(kind.settings.schema)(built.event.data.config),
    ({ message }) => `the settings it was built with can't be read: ${message}`
  )
}

import type { ScoringSettings } from "../../events/shapes.ts"
import type { Format } from "../formats/format.ts"
import type { History } from "../history/history.ts"
import { type CanonicalKey, compareQuestions } from "../history/order.ts"
import type { Projection } from "../projection.ts"
import { type AssessedQuestion, assessedQuestions } from "./assessed.ts"
import type { DatasetSettings } from "./settings.ts"

/** A row of a dataset. It says where it stands and what it came from; the rest depends on the dataset. */
export interface DatasetRow {
  /** Unique in its dataset, and the same whenever the same decisions are taken. */
  readonly id: string
  /** The question it belongs to, by which rows are ordered. */
  readonly place: Pick<CanonicalKey, "dataset" | "questionId" | "runId">
  readonly lineage: Lineage
}

/** What a row came from, in canonical order. */
export interface Lineage {
  readonly trajectories: ReadonlyArray<string>
  readonly queries: ReadonlyArray<string>
  /** Ids of the events: completions, refinements, scores and their corrections. */
  readonly events: ReadonlyArray<string>
}

/** What became of one trajectory, and why. */
export interface Decision {
  readonly key: CanonicalKey
  readonly included: boolean
  /** The rows it is part of. */
  readonly rowIds: ReadonlyArray<string>
  /** In words, with the numbers that decided. */
  readonly reasons: ReadonlyArray<string>
}

/** The rows of one question in canonical order, and a decision for each of its completed trajectories. */
export interface Decided<Row> {
  readonly rows: ReadonlyArray<Row>
  /** Worked out when it is asked for: who only wants rows need not wait for reasons. */
  readonly decisions: () => ReadonlyArray<Decision>
}

/**
 * A kind of dataset: a projection whose rows are decided question by question.
 *
 * `rows` throws when `combine` can't be read; a configuration made by `configure` always can.
 */
export interface DatasetKind<State, Config extends ScoringSettings, Row extends DatasetRow>
  extends Projection<State, Config, Row> {
  readonly settings: DatasetSettings<Config>
  /** The file formats its rows can be written in, by name. */
  readonly formats: Readonly<Record<string, Format<Row>>>
  readonly defaultFormats: ReadonlyArray<string>
  readonly historyOf: (state: State) => History
  readonly decide: (assessed: AssessedQuestion, config: Config, state: State) => Decided<Row>
}

/** Completes a kind of dataset: its rows are what it decides, question by question in canonical order. */
export const defineDataset = <State, Config extends ScoringSettings, Row extends DatasetRow>(
  kind: Omit<DatasetKind<State, Config, Row>, "rows">
): DatasetKind<State, Config, Row> => ({
  ...kind,
  *rows(state, config) {
    for (const assessed of assessedQuestions(kind.historyOf(state), config)) {
      yield* kind.decide(assessed, config, state).rows
    }
  }
})

/** The rows of a divided log in canonical order: every question must have been folded into one part alone. */
export const mergeRows = <Row extends DatasetRow>(parts: Iterable<Iterable<Row>>): ReadonlyArray<Row> =>
  Array.from(parts, (part) => [...part])
    .flat()
    .sort((left, right) => compareQuestions(left.place, right.place))

/** Lineages put together: what several of them name is named once, where it first stood. */
export const joinLineages = (lineages: ReadonlyArray<Lineage>): Lineage => ({
  trajectories: distinct(lineages.flatMap(({ trajectories }) => trajectories)),
  queries: distinct(lineages.flatMap(({ queries }) => queries)),
  events: distinct(lineages.flatMap(({ events }) => events))
})

const distinct = (ids: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(ids)]

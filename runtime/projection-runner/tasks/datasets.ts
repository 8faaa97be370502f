import { Result } from "effect"
import type { AnyEvent } from "../../../events/envelope.ts"
import type { ScoringSettings } from "../../../events/shapes.ts"
import { type AssessedQuestion, assessedQuestions } from "../../../projections/datasets/assessed.ts"
import type { DatasetRequest } from "../../../projections/datasets/buildDataset.ts"
import type { DatasetKind, DatasetRow } from "../../../projections/datasets/dataset.ts"
import { chooseFormats } from "../../../projections/datasets/formats.ts"
import { type DatasetKindName, everyDatasetKind, withDatasetKind } from "../../../projections/datasets/kinds.ts"
import { type RenderedRow, renderRow } from "../../../projections/datasets/renderRows.ts"
import { configure } from "../../../projections/datasets/settings.ts"
import type { History, Run } from "../../../projections/history/history.ts"
import type { Task } from "../threads/task.ts"

/** A dataset that is wanted. */
export interface DatasetOrder extends DatasetRequest {
  readonly kind: DatasetKindName
}

/** What one part of a log gives for the datasets that were ordered. */
export interface DatasetsPart {
  /** The same in every part. */
  readonly runs: ReadonlyMap<string, Run>
  /** Order by order, in canonical order; none for an order that can't be filled as it was given. */
  readonly rows: ReadonlyArray<ReadonlyArray<RenderedRow>>
}

/** A fold that one order rests on, or several. */
interface Held<State> {
  state: State
  readonly evolve: (event: AnyEvent, sequence: number) => void
  readonly absorb: (history: History) => void
}

/** An order with its fold. */
interface Filling {
  readonly history: () => History
  /** How the folded questions become rows; undefined when the order can't be filled as it was given. */
  readonly rules: () => Filler | undefined
}

interface Filler {
  readonly scoring: ScoringSettings
  readonly rowsOf: (assessed: AssessedQuestion) => ReadonlyArray<RenderedRow>
}

interface Filled {
  readonly folds: ReadonlyArray<Held<unknown>>
  readonly fillings: ReadonlyArray<Filling>
}

/**
 * Datasets, with the text of their rows: rules and formats are applied by the thread that folded a question's events. What
 * several orders have in common, the fold and the assessment of the trajectories, is done once.
 */
export const datasetsTask: Task<ReadonlyArray<DatasetOrder>, Filled, DatasetsPart> = {
  name: "datasets",
  consumes: (orders) => [...new Set(orders.flatMap(({ kind }) => withDatasetKind(kind, ({ consumes }) => consumes)))],
  shared: [...new Set(everyDatasetKind.flatMap((kind) => withDatasetKind(kind, ({ shared }) => shared)))],
  init: (orders) => {
    const folds = new Map<unknown, Held<unknown>>()
    const fillings = orders.map((order) => withDatasetKind(order.kind, (kind) => filling(kind, order, folds)))
    return { folds: [...folds.values()], fillings }
  },
  evolve: (filled, event, sequence) => {
    for (const { evolve } of filled.folds) evolve(event, sequence)
    return filled
  },
  absorb: (orders) => {
    if (!orders.every(({ kind }) => withDatasetKind(kind, ({ absorb }) => absorb !== undefined))) return undefined
    return (filled, history) => {
      for (const { absorb } of filled.folds) absorb(history)
      return filled
    }
  },
  finish: ({ fillings }) => ({ runs: fillings[0]?.history().runs ?? new Map(), rows: rowsOf(fillings) })
}

const filling = <State, Config extends ScoringSettings, Row extends DatasetRow>(
  kind: DatasetKind<State, Config, Row>,
  order: DatasetOrder,
  folds: Map<unknown, Held<unknown>>
): Filling => {
  // Kinds that share `evolve` share what it evolves.
  const held = (folds.get(kind.evolve) as Held<State> | undefined) ?? hold(kind)
  folds.set(kind.evolve, held)
  const history = () => kind.historyOf(held.state)
  const rules = () => {
    const formats = chooseFormats(kind, order.formats)
    const config = configure(kind.settings, history().runs.values(), order.set)
    if (Result.isFailure(formats) || Result.isFailure(config)) return undefined
    return {
      scoring: config.success,
      rowsOf: (assessed: AssessedQuestion) =>
        kind.decide(assessed, config.success, held.state).rows.map((row) => renderRow(row, formats.success))
    }
  }
  return { history, rules }
}

const hold = <State>(kind: Pick<DatasetKind<State, never, never>, "init" | "evolve" | "absorb">): Held<State> => {
  const held = {
    state: kind.init(),
    evolve: (event: AnyEvent, sequence: number) => {
      held.state = kind.evolve(held.state, event, sequence)
    },
    absorb: (history: History) => {
      held.state = kind.absorb?.(held.state, history) ?? held.state
    }
  }
  return held
}

/** The rows of every order; orders that look at the same history by the same rules look at it together. */
const rowsOf = (fillings: ReadonlyArray<Filling>): ReadonlyArray<ReadonlyArray<RenderedRow>> => {
  const rows = fillings.map((): Array<RenderedRow> => [])
  const jobs = fillings.flatMap(({ history, rules }, i) => {
    const filler = rules()
    return filler === undefined ? [] : [{ ...filler, history: history(), rows: rows[i] ?? [] }]
  })
  const histories = [...new Set(jobs.map(({ history }) => history))]
  const together = Map.groupBy(jobs, ({ history, scoring }) => `${histories.indexOf(history)} ${textOf(scoring)}`)
  for (const group of together.values()) {
    const [first] = group
    if (first === undefined) continue
    for (const assessed of assessedQuestions(first.history, first.scoring)) {
      for (const job of group) job.rows.push(...job.rowsOf(assessed))
    }
  }
  return rows
}

const textOf = ({ combine, novelty, thresholds, f1, reward }: ScoringSettings): string =>
  JSON.stringify([combine, novelty, thresholds, f1, reward])

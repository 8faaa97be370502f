import { Effect, Result, Schema } from "effect"
import type { ScoringSettings } from "../../events/shapes.ts"
import { explain } from "../../projections/datasets/decisions.ts"
import { type DatasetKindName, datasetKinds, withDatasetKind } from "../../projections/datasets/kinds.ts"
import { configure, type DatasetSettings } from "../../projections/datasets/settings.ts"
import type { History, Run } from "../../projections/history/history.ts"
import { foldLog } from "../projection-runner/foldLog.ts"
import { recordedOrder } from "./recordedOrder.ts"

/** Thrown when no trajectory, or more than one, has an id that begins so. */
export class NoSuchTrajectory extends Schema.TaggedError<NoSuchTrajectory>()("NoSuchTrajectory", {
  trajectoryId: Schema.String,
  candidates: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.candidates.length === 0
      ? `no trajectory ${this.trajectoryId} in the log; \`smartsearch log tail --types TrajectoryCompleted\` shows the newest`
      : `${this.trajectoryId} could be ${this.candidates.slice(0, 5).join(", ")}: give more of the id`
  }
}

/** Whether a trajectory is in a dataset, and what decided. */
export interface Explained {
  readonly kind: DatasetKindName
  readonly included: boolean
  readonly rowIds: ReadonlyArray<string>
  readonly reasons: ReadonlyArray<string>
}

interface Found {
  readonly trajectoryId: string
  readonly run: string
}

/** The trajectories whose id begins with `text`; the one that is it exactly, if there is one. */
const find = (history: History, text: string): ReadonlyArray<Found> => {
  const found = new Map<string, Found>()
  for (const question of history.questions.values()) {
    const ids = [
      ...question.trajectories.keys(),
      ...question.failures.keys(),
      ...[...question.refinements.values()].flatMap(({ outcome }) =>
        outcome.kind === "refined" ? [outcome.branchTrajectoryId] : []
      )
    ]
    for (const id of ids) if (id.startsWith(text)) found.set(id, { trajectoryId: id, run: question.runId })
  }
  const exact = found.get(text)
  return exact === undefined ? [...found.values()] : [exact]
}

/** What of the assignments concerns a kind of dataset: `pairing=paper` says nothing about the others. */
const assignmentsFor = <Config extends ScoringSettings>(
  settings: DatasetSettings<Config>,
  runs: ReadonlyArray<Run>,
  set: ReadonlyArray<string>
): ReadonlyArray<string> =>
  set.filter((assignment) => {
    const configured = configure(settings, runs, [assignment])
    return Result.isSuccess(configured) || configured.failure.reason !== "unknown-setting"
  })

/** For every kind of dataset: is the trajectory in it, and which rule decided; by the rules of its run, or by others. */
export const explainTrajectory = Effect.fn("explainTrajectory")(function* (text: string, set: ReadonlyArray<string>) {
  const explained = yield* Effect.forEach(datasetKinds, (name) =>
    withDatasetKind(name, (kind) =>
      Effect.gen(function* () {
        const { state } = yield* foldLog(kind)
        const history = kind.historyOf(state)
        const found = find(history, text)
        const [trajectory] = found
        if (trajectory === undefined || found.length > 1) {
          return yield* new NoSuchTrajectory({
            trajectoryId: text,
            candidates: found.map(({ trajectoryId }) => trajectoryId)
          })
        }
        const runs = [...history.runs.values()].filter(({ runId }) => runId === trajectory.run)
        const config = yield* Effect.fromResult(
          configure(kind.settings, runs, [
            ...recordedOrder(runs[0]?.started.config ?? {}, name).set,
            ...assignmentsFor(kind.settings, runs, set)
          ])
        )
        const decision = explain(kind, state, config, trajectory.trajectoryId)
        const { included, rowIds, reasons } = decision ?? { included: false, rowIds: [], reasons: ["not completed"] }
        const dataset: Explained = { kind: name, included, rowIds, reasons }
        return { ...trajectory, dataset }
      })
    )
  )
  const { trajectoryId, run } = explained[0] ?? { trajectoryId: text, run: "" }
  return { trajectoryId, run, datasets: explained.map(({ dataset }) => dataset) }
})

import { Clock, Effect } from "effect"
import type { RunProgress } from "../../actors/run-monitor/progress.ts"
import { CurrentOutages, describeOutages, type Outage } from "../actor-host/outages.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { performRun, renamed } from "../system/performRun.ts"
import type { RunPlan } from "../system/planRun.ts"
import { runState } from "../system/startRun.ts"
import { CommandFailed } from "./commandFailed.ts"
import { note, showProgress } from "./terminal.ts"

const detail = ({ assessed, failed, parked, branches, queries }: RunProgress, outages: ReadonlyArray<Outage>): string =>
  [
    ...(outages.length > 0 ? [describeOutages(outages)] : []),
    `${assessed} assessed`,
    `${queries} queries`,
    `${branches} branches`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(parked > 0 ? [`${parked} parked`] : [])
  ].join(" · ")

/** What came of a run, for the commands that performed it. */
export interface Performed {
  readonly runId: string
  readonly seconds: number
  /** Events in the log when it ended. */
  readonly events: number
  readonly progress: RunProgress | undefined
}

/** The plan under the first name of `NAME`, `NAME-2`, `NAME-3`, … whose run is not completed yet. */
export const underFreeName = (plan: RunPlan) =>
  Effect.gen(function* () {
    const base = plan.settings.run.name
    for (let count = 1; ; count++) {
      const candidate = count === 1 ? plan : renamed(plan, `${base}-${count}`)
      const state = yield* runState(candidate.settings.run.name, plan.hash).pipe(
        Effect.catchTag("RunConflict", () => Effect.succeed("completed" as const))
      )
      if (state !== "completed") return candidate
    }
  })

/** Performs a run with its progress on stderr; one that was completed before is not done again. */
export const performWithProgress = Effect.fnUntraced(function* (plan: RunPlan) {
  const log = yield* EventLog
  const runId = plan.settings.run.name
  const state = yield* runState(runId, plan.hash)
  if (state === "unfinished") yield* note(`Run "${runId}" was interrupted: going on where it stood.`)
  if (state === "completed") yield* note(`Run "${runId}" is completed already; use --run NAME for another one.`)
  const begun = yield* Clock.currentTimeMillis
  const outages = yield* CurrentOutages
  const { end, progress } = yield* performRun(plan, (current) =>
    showProgress(runId, () => {
      const standing = current()
      if (standing === undefined) return { done: 0, total: 0, detail: "starting" }
      return {
        done: standing.assessed + standing.failed + standing.parked,
        total: standing.expected,
        detail: detail(standing, outages.current())
      }
    })
  )
  if (end.kind === "failed") return yield* new CommandFailed({ detail: `run "${runId}" was given up: ${end.reason}` })
  const performed: Performed = {
    runId,
    seconds: ((yield* Clock.currentTimeMillis) - begun) / 1000,
    events: yield* log.head,
    progress
  }
  return performed
})

/** A run is no full success while some of its trajectories failed or lie in the dead letters. */
export const failIfIncomplete = ({ runId, progress }: Performed): Effect.Effect<void, CommandFailed> => {
  const failed = progress?.failed ?? 0
  const parked = progress?.parked ?? 0
  if (failed + parked === 0) return Effect.void
  const detail = `run "${runId}" ended with ${failed} failed and ${parked} parked trajectories; see \`smartsearch dlq list\` and \`smartsearch doctor\``
  return Effect.fail(new CommandFailed({ detail }))
}

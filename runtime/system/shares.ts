import { Effect, Semaphore } from "effect"
import type { Settings } from "../../config/settings.ts"
import type { Share } from "../actor-host/hostActor.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { type RecordedRun, recordedRun, recordedRuns } from "./recordedRuns.ts"
import { type RetrieverIdentity, type Work, type WorkingActor, workOf } from "./work.ts"

/** An actor whose host works with something else than a run asks for. */
export interface Difference {
  readonly actor: WorkingActor
  readonly here: Work
  /** Undefined: the run's configuration can't be read. */
  readonly there: Work | undefined
}

/** Where a host's works differ from what a run was started with. Pure. */
export const differences = (works: ReadonlyMap<WorkingActor, Work>, run: RecordedRun): ReadonlyArray<Difference> =>
  [...works].flatMap(([actor, here]) => {
    const there = run.settings && workOf(actor, run.settings, run.retriever)
    return there?.id === here.id ? [] : [{ actor, here, there }]
  })

/** One line for whoever wonders why a host leaves a run's messages alone. Pure. */
export const describeDifferences = (runId: string, found: ReadonlyArray<Difference>): string => {
  const parts = found.map(({ actor, here, there }) =>
    there === undefined
      ? `${actor} (its configuration is of another release)`
      : `${actor} (${here.told} here, ${there.told} there)`
  )
  return `run "${runId}" is left to hosts with its own configuration by ${parts.join(", ")}; start this process with that one to take part`
}

/**
 * The shares of a host's actors. An actor handles the messages of the runs that were started with what the host works with,
 * and leaves all others to hosts that do: each work has durable consumers of its own, so what nobody hosts waits there, and
 * neither a search in another corpus nor the verdict of another judge can get into a run.
 *
 * A run without a start in the log is anybody's. A work that was never hosted before begins with the first of its runs that
 * has not ended.
 */
export const makeShares = Effect.fn("makeShares")(function* (
  actors: ReadonlyArray<WorkingActor>,
  settings: Settings,
  retriever: RetrieverIdentity | undefined
) {
  const log = yield* EventLog
  const works = new Map(actors.map((actor) => [actor, workOf(actor, settings, retriever)]))
  /** By run, the actors that leave it to others. */
  const leftOut = new Map<string, ReadonlySet<string>>()
  const meet = Effect.fnUntraced(function* (run: RecordedRun) {
    const known = leftOut.get(run.runId)
    if (known !== undefined) return known
    const found = differences(works, run)
    const actorsLeftOut = new Set<string>(found.map(({ actor }) => actor))
    leftOut.set(run.runId, actorsLeftOut)
    if (found.length > 0 && !run.ended) yield* Effect.logInfo(describeDifferences(run.runId, found))
    return actorsLeftOut
  })

  // The head first: no run can start in between unseen.
  const head = yield* log.head
  const runs = yield* recordedRuns
  yield* Effect.forEach(runs, meet)

  // One at a time: a run's first messages come together, and all of them ask.
  const lookingUp = yield* Semaphore.make(1)
  const lookUp = Effect.fnUntraced(function* (runId: string) {
    const known = leftOut.get(runId)
    if (known !== undefined) return known
    const run = yield* recordedRun(runId)
    return run && (yield* meet(run))
  }, lookingUp.withPermit)

  return (actor: WorkingActor): Share => {
    const id = works.get(actor)?.id
    if (id === undefined) return {}
    const first = runs.find(({ runId, ended }) => !ended && leftOut.get(runId)?.has(actor) === false)
    const isFor = Effect.fnUntraced(function* (runId: string) {
      const others = leftOut.get(runId) ?? (yield* lookUp(runId))
      return others?.has(actor) !== true
    })
    return { deliver: first?.sequence ?? head + 1, work: { id, isFor } }
  }
})

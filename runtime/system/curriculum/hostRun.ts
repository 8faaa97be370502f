import { hash } from "node:crypto"
import { type Deferred, Effect, Layer } from "effect"
import type { Share } from "../../actor-host/hostActor.ts"
import { Broker } from "../../event-log/broker.ts"
import type { AppendError } from "../../event-log/errors.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { deadLetterStream, eventStream } from "../../event-log/streams.ts"
import { builtInActors } from "../builtInActors.ts"
import { hostSettings } from "../hostSystem.ts"
import type { RunPlan } from "../planRun.ts"
import { actorServices } from "../services.ts"

/** By it the consumers of a run are told apart. */
const workOf = (runId: string): string => hash("sha256", `run ${runId}`, "hex").slice(0, 12)

/**
 * Hosts the stateless actors for one run only, for as long as the scope lives: with consumers of their own, which begin where the
 * run begins, they neither take up what other runs left nor read what lies before.
 */
export const hostRun = Effect.fn("hostRun")(function* (
  { settings, retriever }: RunPlan,
  fatal: Deferred.Deferred<never, AppendError>
) {
  const log = yield* EventLog
  const runId = settings.run.name
  let first = (yield* log.head) + 1
  yield* log.read({ types: ["RunStarted"], run: runId }, ({ sequence }) => {
    first = Math.min(first, sequence)
  })
  const services = yield* Layer.build(actorServices(settings, [retriever]))
  const share: Share = {
    deliver: first,
    work: { id: workOf(runId), isFor: (run) => Effect.succeed(run === runId) }
  }
  yield* Effect.forEach(builtInActors(settings), ({ name, host }) =>
    host(hostSettings(settings, name), fatal, share)
  ).pipe(Effect.provideContext(services))
})

/** Removes the consumers of a run that has ended: nothing is left for them to hand out. */
export const forgetRun = Effect.fn("forgetRun")(function* ({ settings }: RunPlan) {
  const { manager } = yield* Broker
  const work = workOf(settings.run.name)
  const names = yield* Effect.tryPromise(async () => {
    const found: Array<readonly [stream: string, name: string]> = []
    for (const stream of [eventStream, deadLetterStream]) {
      for await (const { name } of manager.consumers.list(stream))
        if (name.endsWith(`--${work}`)) found.push([stream, name])
    }
    return found
  }).pipe(Effect.orElseSucceed(() => []))
  // One that another process removed first is gone as well.
  yield* Effect.forEach(names, ([stream, name]) =>
    Effect.ignore(Effect.tryPromise(() => manager.consumers.delete(stream, name)))
  )
})

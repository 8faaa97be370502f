import { execFileSync } from "node:child_process"
import { existsSync, statfsSync } from "node:fs"
import { Effect, Option, Result } from "effect"
import { HttpClient } from "effect/http"
import { modelUses } from "../../config/check.ts"
import { isServed } from "../../config/models.ts"
import type { Settings } from "../../config/settings.ts"
import { actorStandings } from "../actor-host/lag.ts"
import { Broker } from "../event-log/broker.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { findNatsServer } from "../event-log/serverProgram.ts"
import { trainingFindings } from "./diagnoseTraining.ts"
import { type RecordedRun, recordedRuns } from "./recordedRuns.ts"

/** One thing that was looked at. `warn`: it works, but somebody should know. */
export interface Finding {
  readonly subject: string
  readonly verdict: "ok" | "warn" | "bad"
  readonly detail: string
}

const finding = (subject: string, verdict: Finding["verdict"], detail: string): Finding => ({
  subject,
  verdict,
  detail
})

const nodeFinding = (): Finding => {
  const major = Number(process.versions.node.split(".")[0])
  return finding(
    "node",
    major >= 24 ? "ok" : "bad",
    `${process.version}${major >= 24 ? "" : "; 24 or newer is needed"}`
  )
}

const serverFinding = (): Finding => {
  const program = findNatsServer(process.env)
  if (program === undefined) return finding("nats-server", "warn", "not found: the embedded broker can't start here")
  return Result.match(
    Result.try(() => execFileSync(program, ["--version"], { encoding: "utf8" }).trim()),
    {
      onSuccess: (version) => finding("nats-server", "ok", `${version} at ${program}`),
      onFailure: () => finding("nats-server", "bad", `${program} does not run`)
    }
  )
}

const lowSpace = 1_073_741_824

const diskFinding = (folder: string): Finding =>
  Result.match(
    Result.try(() => statfsSync(folder)),
    {
      onSuccess: ({ bavail, bsize }) => {
        const free = bavail * bsize
        return finding("disk", free < lowSpace ? "warn" : "ok", `${(free / lowSpace).toFixed(1)} GiB free at ${folder}`)
      },
      onFailure: () => finding("disk", "warn", `${folder} can't be looked at`)
    }
  )

const brokerFinding = Effect.gen(function* () {
  const { nc } = yield* Broker
  const log = yield* EventLog
  return finding("event log", "ok", `${yield* log.head} events on NATS ${nc.info?.version ?? "?"} at ${nc.getServer()}`)
})

const actorFindings = Effect.map(actorStandings, (standings) =>
  standings.map(({ actor, hosted, lag, inFlight, redelivered, parked }) => {
    const waits = lag + inFlight > 0 && !hosted
    const verdict = parked > 0 || waits ? "warn" : "ok"
    const detail = [
      hosted ? "running" : "not running",
      `${lag} waiting`,
      `${inFlight} in hand${redelivered > 0 ? ` (${redelivered} again)` : ""}`,
      `${parked} parked${parked > 0 ? ": see `smartsearch dlq list`" : ""}`
    ]
    return finding(`actor ${actor}`, verdict, detail.join(", "))
  })
)

/** Asks a server whatever any model server answers; undefined when nothing does. */
const statusOf = Effect.fnUntraced(function* (url: string) {
  const client = yield* HttpClient.HttpClient
  return yield* client
    .get(`${url.replace(/\/(v1\/?)?$/, "")}/v1/models`)
    .pipe(Effect.timeout("3 seconds"), Effect.match({ onSuccess: ({ status }) => status, onFailure: () => undefined }))
})

/** The models that a run waits for: nothing answers where its configuration has them. */
const modelsAwaited = ({ runId, settings }: RecordedRun) => {
  const names = new Set(settings === undefined ? [] : modelUses(settings).map(({ model }) => model))
  return Effect.forEach(names, (name) =>
    Effect.gen(function* () {
      const model = settings?.models[name]
      if (model === undefined || !isServed(model) || (yield* statusOf(model.url)) !== undefined) return []
      return [finding(`run ${runId}`, "warn", `waits for model "${name}": nothing answers at ${model.url}`)]
    })
  ).pipe(Effect.map((found) => found.flat()))
}

/** Runs that began and did not end, and the model servers they wait for. */
const runFindings = Effect.gen(function* () {
  const open = (yield* recordedRuns).filter(({ ended }) => !ended)
  const found = yield* Effect.forEach(open, (run) =>
    Effect.map(modelsAwaited(run), (awaited) => [
      finding(
        `run ${run.runId}`,
        "warn",
        `not completed: start the same command again to go on with it, or \`smartsearch run abandon ${run.runId}\``
      ),
      ...awaited
    ])
  )
  return found.flat()
})

/** Whether the servers of the configured models answer at all. */
const modelFindings = (settings: Settings) =>
  Effect.forEach(Object.entries(settings.models), ([name, model]) => {
    const subject = `model ${name}`
    if (model.kind === "local" && !existsSync(model.folder)) {
      return Effect.succeed(finding(subject, "bad", `there is no folder ${model.folder}`))
    }
    if (!isServed(model)) return Effect.succeed(finding(subject, "ok", "in this process"))
    return Effect.map(statusOf(model.url), (status) =>
      status === undefined
        ? finding(subject, "bad", `nothing answers at ${model.url}`)
        : finding(subject, "ok", `${model.url} answers (${status})`)
    )
  })

/** Looks at everything a run needs. Fails only where the broker can't be used, which `brokerProblem` then tells. */
export const diagnose = Effect.fn("diagnose")(function* (settings: Option.Option<Settings>) {
  const models = Option.isSome(settings) ? yield* modelFindings(settings.value) : []
  const unfinished = [...(yield* runFindings), ...(yield* trainingFindings)]
  return [yield* brokerFinding, ...(yield* actorFindings), ...unfinished, ...models]
})

/** What can be told without a broker. */
export const diagnoseMachine = (folder: string): ReadonlyArray<Finding> => [
  nodeFinding(),
  serverFinding(),
  diskFinding(folder)
]

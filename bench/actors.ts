import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"
import { loadSettings } from "../config/load.ts"
import { Broker } from "../runtime/event-log/broker.ts"
import { EventLog } from "../runtime/event-log/eventLog.ts"
import { performRun } from "../runtime/system/performRun.ts"
import { planRun } from "../runtime/system/planRun.ts"
import { childrensCpu, hostsCpu } from "./cpu.ts"
import { alternate, inTemporaryFolder, machine, median, root, table, whole } from "./support.ts"

/**
 * How much the system itself costs: 1,020 trajectories of two searches and an answer through the whole of it (broker, rollout,
 * BM25, novelty, evidence judge, assessment, run monitor), with a policy that answers after 50 ms and with one that answers
 * at once.
 *
 * The ideal is the time that the policy's answers take when 64 of them are under way at any moment and nothing else costs
 * anything: calls × 50 ms / 64. Planning the run (questions, corpus, index) is not measured; hosting it is.
 *
 * What the processes cost in CPU time says more than the wall time on a machine that they share with others, and with each
 * other: where they have only two cores, their sum is the limit.
 */

const concurrency = 64
const latency = 50
const samples = 3
const callsPerTrajectory = 3
const repetitions = 3

interface Measured {
  readonly seconds: number
  /** CPU seconds of this process (actors and log), the broker, and the policy server. */
  readonly cpu: { readonly host: number; readonly broker: number; readonly policy: number }
  readonly events: number
  readonly trajectories: number
}

/** Gives `use` the address of a policy server that answers after `millis`. */
const withPolicy = async <A>(millis: number, use: (url: string) => Promise<A>): Promise<A> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "scriptedPolicy.ts"), String(millis)], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  try {
    for await (const url of createInterface({ input: child.stdout })) return await use(url)
    throw new Error("the policy server did not start")
  } finally {
    child.kill("SIGKILL")
  }
}

const cpuSeconds = (): Measured["cpu"] => {
  const { "nats-server": broker = 0, ...others } = childrensCpu()
  const policy = Object.values(others).reduce((sum, seconds) => sum + seconds, 0)
  return { host: hostsCpu(), broker, policy }
}

const perform = (url: string, dataDir: string) =>
  Effect.gen(function* () {
    const settings = yield* loadSettings({
      config: "quickstart",
      workingFolder: root,
      set: [
        `run.samples=${samples}`,
        `models.policy={kind: sglang, url: "${url}", model: scripted}`,
        "policy.model=policy",
        "refinement.enabled=false",
        `actors.agent-rollout={concurrency: ${concurrency}}`
      ]
    })
    const plan = yield* planRun(settings)
    const log = yield* EventLog
    const before = cpuSeconds()
    const begun = performance.now()
    const { progress } = yield* performRun(plan, () => Effect.void)
    const seconds = (performance.now() - begun) / 1000
    const after = cpuSeconds()
    const cpu = {
      host: after.host - before.host,
      broker: after.broker - before.broker,
      policy: after.policy - before.policy
    }
    const measured: Measured = { seconds, cpu, events: yield* log.head, trajectories: progress?.assessed ?? 0 }
    return measured
  }).pipe(
    Effect.withTracerEnabled(false),
    Effect.provide(
      Layer.mergeAll(
        EventLog.layer.pipe(Layer.provideMerge(Broker.layer({ kind: "embedded", dataDir }))),
        NodeServices.layer,
        NodeHttpClient.layerUndici
      )
    ),
    Effect.runPromise
  )

const runs: Record<string, Array<Measured>> = { slow: [], fast: [] }
const once = (name: "slow" | "fast", millis: number) => () =>
  withPolicy(millis, (url) =>
    inTemporaryFolder(async (dataDir) => {
      const measured = await perform(url, dataDir)
      runs[name]?.push(measured)
      return measured.seconds
    })
  )

const seconds = await alternate(repetitions, { slow: once("slow", latency), fast: once("fast", 0) })
const { trajectories = 0, events = 0 } = runs.slow?.[0] ?? {}
const ideal = (trajectories * callsPerTrajectory * latency) / 1000 / concurrency
const show = (values: ReadonlyArray<number>) =>
  `${median(values).toFixed(2)} s [${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}]`

const cpuColumns = (measured: ReadonlyArray<Measured>): ReadonlyArray<string> =>
  (["host", "broker", "policy"] as const).map(
    (process) => `${median(measured.map(({ cpu }) => cpu[process])).toFixed(1)} s`
  )

console.log(machine())
console.log(`${whole(trajectories)} trajectories, ${whole(events)} events, concurrency ${concurrency}`)
console.log(
  table(
    ["policy answers", "wall time", "ideal", "ratio to the ideal", "events/s stored", "CPU: host", "broker", "policy"],
    [
      [
        `after ${latency} ms`,
        show(seconds.slow),
        `${ideal.toFixed(2)} s`,
        (median(seconds.slow) / ideal).toFixed(2),
        whole(events / median(seconds.slow)),
        ...cpuColumns(runs.slow ?? [])
      ],
      ["at once", show(seconds.fast), "–", "–", whole(events / median(seconds.fast)), ...cpuColumns(runs.fast ?? [])]
    ]
  )
)

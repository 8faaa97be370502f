import { readFileSync } from "node:fs"
import { connect } from "node:net"
import { assert, layer, vi } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import { EventLog } from "../../runtime/event-log/eventLog.ts"
import { untilIdle } from "../support/actors.ts"
import { questionsEach } from "../support/configuration.ts"
import { buildAll, type Digests } from "../support/datasets.ts"
import { exportEvents, ofType } from "../support/events.ts"
import { patience } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

const questions = questionsEach(10)
const rollout = (run: string) => ["run", "rollout", "--run", run, ...questions]

/** What one process makes of two runs. */
class Alone extends Context.Service<
  Alone,
  { readonly workspace: Workspace; readonly first: Digests; readonly second: Digests }
>()("test/processes/Alone") {
  static readonly layer = Layer.effect(
    Alone,
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      yield* workspace.ok(rollout("first"))
      yield* workspace.ok(rollout("second"))
      const first = yield* buildAll(workspace, "alone-first", ["--run", "first"])
      const second = yield* buildAll(workspace, "alone-second", ["--run", "second"])
      return { workspace, first, second }
    })
  )
}

const ServerFile = Schema.fromJsonString(Schema.Struct({ port: Schema.Int }))

/** Whether anybody listens where the log's server was. */
const serverAnswers = ({ dataDir }: Workspace): Effect.Effect<boolean> => {
  const { port } = Schema.decodeUnknownSync(ServerFile)(readFileSync(`${dataDir}/server.json`, "utf8"))
  return Effect.callback((resume) => {
    const socket = connect({ host: "127.0.0.1", port })
    socket.once("connect", () => resume(Effect.succeed(true)))
    socket.once("error", () => resume(Effect.succeed(false)))
    return Effect.sync(() => socket.destroy())
  })
}

/** Starts a run and kills everything as soon as all its questions are in the log. */
const begun = (workspace: Workspace, run: string) =>
  Effect.gen(function* () {
    const lost = yield* workspace.start(rollout(run))
    yield* lost.until(`${run} `)
    const log = yield* EventLog
    while ((yield* log.head) < 31) yield* Effect.sleep("5 millis")
    yield* lost.killAll
    assert.strictEqual((yield* lost.ended).signal, "SIGKILL")
  }).pipe(Effect.scoped, Effect.provide(workspace.log))

const Diagnosis = Schema.Struct({
  findings: Schema.Array(Schema.Struct({ subject: Schema.String, detail: Schema.String }))
})

layer(Alone.layer, { excludeTestServices: true, timeout: patience })("several processes over one log", (it) => {
  it.effect.each(["SIGINT", "SIGTERM"] as const)("up ends on %s, and its server with it", (signal) =>
    Effect.gen(function* () {
      const { workspace } = yield* Alone
      const interrupted = workspace.withLog(signal)
      const up = yield* interrupted.start(["up"])
      yield* up.until("Hosting")
      assert.isTrue(yield* serverAnswers(interrupted))
      yield* up.signal(signal)
      const { code, stdout, stderr } = yield* up.ended
      assert.deepStrictEqual([code, stdout], [130, ""])
      assert.match(stderr, /^Hosting agent-rollout, .* Ctrl-C stops\.\n$/)
      assert.isFalse(yield* serverAnswers(interrupted))
    })
  )

  it.effect("two runs at once, with the system up beside them, are as good as one after the other", () =>
    Effect.gen(function* () {
      const { workspace, first, second } = yield* Alone
      const shared = workspace.withLog("shared")
      const up = yield* shared.start(["up"])
      yield* up.until("Hosting")
      yield* Effect.all([shared.ok(rollout("first")), shared.ok(rollout("second"))], { concurrency: "unbounded" })
      yield* up.signal("SIGINT")
      assert.strictEqual((yield* up.ended).code, 130)
      assert.deepStrictEqual(yield* buildAll(shared, "shared-first", ["--run", "first"]), first)
      assert.deepStrictEqual(yield* buildAll(shared, "shared-second", ["--run", "second"]), second)
    })
  )

  it.effect("workers that share the actors among them complete a run that lost its process", () =>
    Effect.gen(function* () {
      const { workspace, first } = yield* Alone
      const split = workspace.withLog("split")
      yield* begun(split, "first")
      const searching = yield* split.start(["worker", "--actors", "agent-rollout,retrieval"])
      yield* searching.until("Hosting agent-rollout, retrieval on")
      const judging = yield* split.start([
        "worker",
        ...["--actors", "redundancy-checker,reward-judge,refiner,assessment,run-monitor"]
      ])
      yield* judging.until("Hosting redundancy-checker, reward-judge, refiner, assessment, run-monitor on")
      yield* untilIdle(120).pipe(Effect.provide(split.log))
      const events = yield* exportEvents(split, "split.ndjson")
      assert.strictEqual(ofType(events, "RunCompleted").length, 1)
      assert.deepStrictEqual(yield* buildAll(split, "split-datasets"), first)
    })
  )

  it.effect("a run that lost its process is reported until it is given up, and not gone on with after that", () =>
    Effect.gen(function* () {
      const { workspace } = yield* Alone
      const lost = workspace.withLog("lost")
      yield* begun(lost, "second")
      const unfinished = Effect.map(lost.json(Diagnosis, ["doctor"]), ({ findings }) =>
        findings.filter(({ subject }) => subject.startsWith("run "))
      )
      assert.deepStrictEqual(yield* unfinished, [
        {
          subject: "run second",
          detail: "not completed: start the same command again to go on with it, or `smartsearch run abandon second`"
        }
      ])
      yield* lost.ok(["run", "abandon", "second", "--reason", "out of money"])
      assert.deepStrictEqual(yield* unfinished, [])
      const again = yield* lost.run(rollout("second"))
      assert.strictEqual(again.code, 1)
      assert.include(again.stderr, 'smartsearch: run "second" was given up: out of money\n')
      const twice = yield* lost.run(["run", "abandon", "second"])
      assert.deepStrictEqual([twice.code, twice.stderr], [1, 'smartsearch: run "second" has ended already\n'])
    })
  )
})

import { readFileSync, writeFileSync } from "node:fs"
import { assert, layer, vi } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import { EventLog } from "../../runtime/event-log/eventLog.ts"
import { configured, corpus, set } from "../support/configuration.ts"
import { build, digestsOf } from "../support/datasets.ts"
import { exportEvents, ofType } from "../support/events.ts"
import { modelAt, startPolicyServer } from "../support/policyServer.ts"
import { patience } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

const questions = 12

/** Every second passage of the corpus. */
const thinned = (workspace: Workspace): string => {
  const path = workspace.path("thinned.jsonl")
  const lines = readFileSync(corpus, "utf8").trimEnd().split("\n")
  writeFileSync(path, lines.filter((_, index) => index % 2 === 0).join("\n"))
  return path
}

/** Two runs that have nothing in common but their questions, and what each gives when it has a log to itself. */
class Apart extends Context.Service<
  Apart,
  {
    readonly workspace: Workspace
    /** Everything offline, over the whole corpus. */
    readonly plain: { readonly configuration: ReadonlyArray<string>; readonly rewards: ReturnType<typeof digestsOf> }
    /** Another corpus, a policy that only its own configuration knows, and a milder rule of novelty. */
    readonly other: { readonly configuration: ReadonlyArray<string>; readonly rewards: ReturnType<typeof digestsOf> }
  }
>()("test/differentHosts/Apart") {
  static readonly layer = Layer.effect(
    Apart,
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const server = yield* startPolicyServer({ speaks: "sglang", latencyMs: 20 })
      const plain = configured(workspace, { name: "plain", questions })
      const other = [
        ...configured(workspace, {
          name: "other",
          questions,
          models: { served: modelAt(server, "sglang", { timeout: "10 seconds" }) },
          policy: { model: "served" },
          retrieval: { retriever: { kind: "bm25", corpus: thinned(workspace) } }
        }),
        ...set({ "scoring.novelty.maxOverlap": 3 })
      ]
      yield* workspace.ok(["run", "rollout", ...plain])
      yield* workspace.ok(["run", "rollout", ...other])
      return {
        workspace,
        plain: { configuration: plain, rewards: yield* rewardsOf(workspace, "plain") },
        other: { configuration: other, rewards: yield* rewardsOf(workspace, "other") }
      }
    })
  )
}

/** Digests of the dataset that holds every trajectory with its reward. */
const rewardsOf = (workspace: Workspace, run: string, log = "apart") =>
  Effect.map(build(workspace, "rl", `${log}-${run}`, ["--run", run]), digestsOf)

const Letters = Schema.Array(Schema.Json)

/** The corpora that a run's queries were searched in. */
const searchedIn = (workspace: Workspace, run: string) =>
  Effect.map(exportEvents(workspace, "searched.ndjson"), (events) => {
    const own = events.filter(({ runid }) => runid === run)
    const [started] = ofType(own, "RunStarted")
    const searched = ofType(own, "DocumentsRetrieved").filter(({ data }) => data.query.trim() !== "")
    assert.isAbove(searched.length, 0)
    assert.deepStrictEqual(ofType(own, "TrajectoryFailed"), [])
    return { asked: started?.data.retriever, used: new Set(searched.map(({ data }) => data.retriever.fingerprint)) }
  })

layer(Apart.layer, { excludeTestServices: true, timeout: patience })("hosts of different configurations", (it) => {
  it.effect("share a log, and each run is as good as alone", () =>
    Effect.gen(function* () {
      const { workspace, plain, other } = yield* Apart
      const shared = workspace.withLog("shared")
      const up = yield* shared.start(["up", ...plain.configuration])
      yield* up.until("Hosting")
      yield* Effect.all(
        [shared.ok(["run", "rollout", ...other.configuration]), shared.ok(["run", "rollout", ...plain.configuration])],
        { concurrency: "unbounded" }
      )
      yield* up.until(
        /run "other" is left to hosts with its own configuration by agent-rollout \(policy heuristic .* here, policy served \(test-model\) .* there\), retrieval \(retriever bm25 [0-9a-f]{12} here, retriever bm25 [0-9a-f]{12} there\), redundancy-checker \(novelty.maxOverlap 1 .* here, novelty.maxOverlap 3 .* there\); start this process/
      )
      yield* up.signal("SIGINT")
      assert.strictEqual((yield* up.ended).code, 130)
      for (const run of ["plain", "other"]) {
        const { asked, used } = yield* searchedIn(shared, run)
        assert.deepStrictEqual([...used], [asked?.fingerprint])
      }
      assert.deepStrictEqual(yield* shared.json(Letters, ["dlq", "list"]), [])
      assert.deepStrictEqual(yield* rewardsOf(shared, "plain", "shared"), plain.rewards)
      assert.deepStrictEqual(yield* rewardsOf(shared, "other", "shared"), other.rewards)
    })
  )

  it.effect("leave what a killed run was about to do to its own resumption", () =>
    Effect.gen(function* () {
      const { workspace, plain, other } = yield* Apart
      const killed = workspace.withLog("killed")
      const lost = yield* killed.start(["run", "rollout", ...other.configuration])
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        while ((yield* log.head) < 60) yield* Effect.sleep("5 millis")
        yield* lost.killAll
      }).pipe(Effect.scoped, Effect.provide(killed.log))
      assert.strictEqual((yield* lost.ended).signal, "SIGKILL")

      yield* killed.ok(["run", "rollout", ...plain.configuration])
      const before = ofType(yield* exportEvents(killed, "before.ndjson"), "RunCompleted")
      assert.deepStrictEqual(
        before.map(({ runid }) => runid),
        ["plain"]
      )
      const changed = yield* killed.run([
        "run",
        "rollout",
        ...other.configuration,
        ...set({ "retrieval.retriever.corpus": corpus })
      ])
      assert.strictEqual(changed.code, 1)
      assert.match(
        changed.stderr,
        /^smartsearch: run "other" is in the log with other settings \([0-9a-f]{12}, now [0-9a-f]{12}\); give this one another name \(--run NAME\)$/m
      )
      yield* killed.ok(["run", "rollout", ...other.configuration])
      assert.deepStrictEqual(yield* killed.json(Letters, ["dlq", "list"]), [])
      assert.deepStrictEqual(yield* rewardsOf(killed, "plain", "killed"), plain.rewards)
      assert.deepStrictEqual(yield* rewardsOf(killed, "other", "killed"), other.rewards)
    })
  )

  it.effect("hold nobody up by dying: a worker of the same configuration takes over within seconds", () =>
    Effect.gen(function* () {
      const { workspace, plain, other } = yield* Apart
      const taken = workspace.withLog("taken")
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        const up = yield* taken.start(["up", ...plain.configuration])
        yield* up.until("Hosting")
        const lost = yield* taken.start(["run", "rollout", ...other.configuration])
        while ((yield* log.head) < 60) yield* Effect.sleep("5 millis")
        yield* lost.killAll
        const head = yield* log.head
        const worker = yield* taken.start([
          "worker",
          ...["--actors", "agent-rollout,retrieval,redundancy-checker,reward-judge,refiner"],
          ...other.configuration
        ])
        yield* worker.until("Hosting")
        let now = head
        yield* Effect.gen(function* () {
          while (now < head + 20) {
            yield* Effect.sleep("50 millis")
            now = yield* log.head
          }
        }).pipe(Effect.timeout("8 seconds"))
        const completed = Effect.map(exportEvents(taken, "taken.ndjson"), (events) =>
          ofType(events, "RunCompleted").some(({ runid }) => runid === "other")
        )
        while (!(yield* completed)) yield* Effect.sleep("200 millis")
      }).pipe(Effect.scoped, Effect.provide(taken.log))
      assert.deepStrictEqual(yield* rewardsOf(taken, "other", "taken"), other.rewards)
    })
  )
})

import { assert, layer, vi } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import { everyNth } from "../servers/faults.ts"
import { untilIdle } from "../support/actors.ts"
import { configured } from "../support/configuration.ts"
import { build, buildAll, type Digests, lineageOf } from "../support/datasets.ts"
import { exportEvents, ofType } from "../support/events.ts"
import { modelAt, startChatServer, startPolicyServer } from "../support/policyServer.ts"
import { patience } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

const name = "served"
const questions = 12

/** What a run gives whose policy is inside the process. */
class WithoutServer extends Context.Service<
  WithoutServer,
  { readonly workspace: Workspace; readonly datasets: Digests }
>()("test/modelServers/WithoutServer") {
  static readonly layer = Layer.effect(
    WithoutServer,
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      yield* workspace.ok(["run", "rollout", ...configured(workspace, { name, questions })])
      return { workspace, datasets: comparable(yield* buildAll(workspace, "in-process")) }
    })
  )
}

/** Without the one file that names the policy's server with each of its turns. */
const comparable = (datasets: Digests): Digests => {
  const { "rl.jsonl": _, ...rl } = datasets.rl ?? {}
  return { ...datasets, rl }
}

const Performed = Schema.Struct({
  progress: Schema.Struct({ expected: Schema.Int, assessed: Schema.Int, failed: Schema.Int, parked: Schema.Int })
})

const Letters = Schema.Array(
  Schema.Struct({ id: Schema.Int, actor: Schema.String, eventType: Schema.String, error: Schema.String })
)

const Diagnosis = Schema.Struct({
  ok: Schema.Boolean,
  findings: Schema.Array(Schema.Struct({ subject: Schema.String, verdict: Schema.String, detail: Schema.String }))
})

layer(WithoutServer.layer, { excludeTestServices: true, timeout: patience })("a policy behind a server", (it) => {
  it.effect.each(["sglang", "completions"] as const)("that fails in every way loses nothing, over %s", (speaks) =>
    Effect.gen(function* () {
      const { workspace, datasets } = yield* WithoutServer
      const faults = everyNth({
        hang: 41,
        reset: 37,
        "rate-limit": 31,
        "no-choices": 29,
        "html-page": 23,
        "truncated-body": 19,
        "malformed-json": 17,
        "truncated-reply": 13,
        "server-error": 7
      })
      const server = yield* startPolicyServer({ speaks, faults, retryAfterSeconds: 0, tellsStop: speaks === "sglang" })
      const served = workspace.withLog(speaks)
      const configuration = configured(served, {
        name,
        questions,
        models: { policy: modelAt(server, speaks) },
        policy: { model: "policy" }
      })
      const { progress } = yield* served.json(Performed, ["run", "rollout", ...configuration])
      const { expected, ...settled } = progress
      assert.deepStrictEqual(settled, { assessed: expected, failed: 0, parked: 0 })
      assert.strictEqual(Object.keys(server.faults()).length, 9, "every fault was injected")
      assert.deepStrictEqual(comparable(yield* buildAll(served, `${speaks}-datasets`)), datasets)
    })
  )

  it.effect("that fails for good parks its trajectories, and a replay completes them once it is mended", () =>
    Effect.gen(function* () {
      const { workspace, datasets } = yield* WithoutServer
      let broken = true
      const server = yield* startPolicyServer({
        speaks: "sglang",
        faults: (request) => (broken && request > 60 ? "server-error" : undefined)
      })
      const down = workspace.withLog("down")
      const configuration = configured(down, {
        name,
        questions,
        models: { policy: modelAt(server, "sglang", { retries: 1 }) },
        policy: { model: "policy" },
        actors: { "agent-rollout": { maxDeliver: 2, backoff: ["10 millis"], patience: "1 second" } }
      })
      const run = yield* down.run(["run", "rollout", "--json", ...configuration])
      const { progress } = yield* Effect.succeed(Schema.decodeUnknownSync(Schema.fromJsonString(Performed))(run.stdout))
      const { expected, assessed, failed, parked } = progress
      assert.isAbove(assessed, 0)
      assert.isAbove(parked, 0)
      assert.deepStrictEqual({ settled: assessed + parked, failed }, { settled: expected, failed: 0 })
      assert.strictEqual(run.code, 1)
      assert.strictEqual(
        run.stderr.trimEnd().split("\n").at(-1),
        `smartsearch: run "served" ended with 0 failed and ${parked} parked trajectories; see \`smartsearch dlq list\` and \`smartsearch doctor\``
      )

      const letters = yield* down.json(Letters, ["dlq", "list"])
      assert.strictEqual(letters.length, parked)
      for (const { actor, error } of letters) {
        assert.strictEqual(actor, "agent-rollout")
        assert.match(error, /injected failure|circuit open/)
      }
      const { findings } = yield* down.json(Diagnosis, ["doctor"])
      const told = findings.find(({ subject }) => subject === "actor agent-rollout")
      assert.deepStrictEqual(told?.verdict, "warn")
      assert.include(told?.detail, `${parked} parked: see \`smartsearch dlq list\``)
      const before = yield* build(down, "rl", "down-before")

      broken = false
      yield* Effect.gen(function* () {
        const up = yield* down.start(["up", ...configuration])
        yield* up.until("Hosting")
        assert.strictEqual((yield* down.json(Letters, ["dlq", "replay", "--all"])).length, parked)
        yield* untilIdle(120)
      }).pipe(Effect.scoped, Effect.provide(down.log))
      assert.deepStrictEqual(yield* down.json(Letters, ["dlq", "list"]), [])
      const after = yield* buildAll(down, "down-datasets")
      assert.deepStrictEqual(comparable(after), datasets)
      assert.isBelow(before.rows, lineageOf({ path: down.path("down-datasets", "rl") }).length)
    })
  )

  it.effect("that is away for a while holds the run up, which says so and goes on by itself", () =>
    Effect.gen(function* () {
      const { workspace, datasets } = yield* WithoutServer
      let away = false
      const server = yield* startPolicyServer({
        speaks: "sglang",
        faults: (request) => {
          if (request === 40) away = true
          return away ? "reset" : undefined
        }
      })
      const waiting = workspace.withLog("waiting")
      // One delivery: nothing but an absent server may fail a call, however busy the machine is.
      const policy = modelAt(server, "sglang", {
        timeout: "30 seconds",
        retries: 0,
        circuitBreaker: { failures: 3, cooldown: "200 millis" }
      })
      const configuration = configured(waiting, {
        name,
        questions,
        models: { policy },
        policy: { model: "policy" },
        actors: { "agent-rollout": { maxDeliver: 1 } }
      })
      const running = yield* waiting.start(["run", "rollout", ...configuration])
      yield* running.until(`waiting for model "policy" at ${server.url}: GenerationError: model "policy": `)
      yield* running.until(new RegExp(`· \\d+ waiting for model "policy" at ${server.url} ·`), 30)
      away = false
      const { code, stderr } = yield* running.ended
      assert.strictEqual(code, 0, stderr)
      assert.include(stderr, `no longer waiting for model "policy" at ${server.url}`)
      assert.deepStrictEqual(yield* waiting.json(Letters, ["dlq", "list"]), [])
      assert.deepStrictEqual(comparable(yield* buildAll(waiting, "waiting-datasets")), datasets)
    })
  )

  it.effect("that refuses what it is asked, or answers nonsense, is not waited for", () =>
    Effect.gen(function* () {
      const { workspace } = yield* WithoutServer
      const nonsense = yield* startPolicyServer({ speaks: "sglang", faults: () => "malformed-json" })
      const refused = yield* startPolicyServer({ speaks: "sglang", apiKey: "another" })
      for (const [log, server, settled] of [
        ["nonsense", nonsense, "parked"],
        ["refused", refused, "failed"]
      ] as const) {
        const faulty = workspace.withLog(log)
        const policy = modelAt(server, "sglang", { retries: 0, circuitBreaker: { failures: 1000 } })
        const configuration = configured(faulty, {
          name,
          questions: 1,
          models: { policy },
          policy: { model: "policy" },
          actors: { "agent-rollout": { maxDeliver: 2, backoff: ["10 millis"] } }
        })
        const { progress } = yield* faulty.json(Performed, ["run", "rollout", ...configuration])
        assert.deepStrictEqual(progress, { expected: 3, assessed: 0, failed: 0, parked: 0, [settled]: 3 })
      }
    })
  )

  it.effect("a judge and a refiner that are hard to read: what is unparsed is recorded, and in no dataset", () =>
    Effect.gen(function* () {
      const { workspace } = yield* WithoutServer
      const readable = (prompt: string): boolean => prompt.length % 4 !== 0
      const judge = yield* startChatServer((prompt) =>
        readable(prompt)
          ? `<explanation>As long as ${prompt.length}.</explanation><score>${prompt.length % 2}</score>`
          : "Hard to say, really."
      )
      const refiner = yield* startChatServer((prompt) =>
        readable(prompt) ? `Be brief. <search> passage ${prompt.length} </search>` : "I would leave it as it is."
      )
      const judged = workspace.withLog("judged")
      const configuration = configured(judged, {
        name,
        questions,
        models: {
          heuristic: { kind: "heuristic" },
          judge: modelAt(judge, "chat"),
          refiner: modelAt(refiner, "chat")
        },
        judge: { kind: "llm", model: "judge", attempts: 2 },
        refinement: { refiner: { kind: "llm", model: "refiner", attempts: 2 } }
      })
      yield* judged.ok(["run", "rollout", ...configuration])
      const events = yield* exportEvents(judged, "judged.ndjson")

      const scores = ofType(events, "QueryScored").map(({ data }) => data)
      const unparsed = scores.filter(({ result }) => result.kind === "unparsed")
      assert.isAbove(unparsed.length, 10)
      for (const { scorer, evidence } of unparsed) {
        assert.strictEqual(scorer.name, "usefulness")
        assert.strictEqual(evidence.exchange?.attempts, 2)
        assert.strictEqual(evidence.exchange?.reply, "Hard to say, really.")
      }
      assert.isAbove(scores.filter(({ scorer }) => scorer.name === "usefulness").length, 2 * unparsed.length)

      const failures = ofType(events, "RefinementFailed").map(({ data }) => data)
      assert.isAbove(failures.length, 0)
      for (const { reason, exchange } of failures) {
        assert.strictEqual(reason, "unparsed")
        assert.strictEqual(exchange?.reply, "I would leave it as it is.")
      }
      assert.isAbove(ofType(events, "QueryRefined").length, 0)

      // A redundant query is of low quality whatever the judge would have said; any other is of unknown quality.
      const redundant = new Set(
        scores.filter(({ evidence }) => (evidence.overlap?.length ?? 0) > 1).map(({ queryId }) => queryId)
      )
      const unknown = new Set(unparsed.map(({ queryId }) => queryId).filter((queryId) => !redundant.has(queryId)))
      assert.isAbove(unknown.size, 0)
      for (const kind of ["sft", "dpo", "rl", "student"] as const) {
        const dataset = yield* build(judged, kind, "judged-datasets")
        const queries = lineageOf(dataset).flatMap(({ queries }) => queries)
        assert.deepStrictEqual(
          queries.filter((queryId) => unknown.has(queryId)),
          [],
          kind
        )
        if (kind !== "dpo") assert.isAbove(queries.length, 0, kind)
      }
    })
  )
})

import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, layer, vi } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import type { AnyEvent, EventOf } from "../../events/envelope.ts"
import { scorer as titleHit } from "../../examples/scorers/titleHit.ts"
import { untilIdle } from "../support/actors.ts"
import { configured, questionsEach } from "../support/configuration.ts"
import { build, lineageOf } from "../support/datasets.ts"
import { exportEvents, ofType } from "../support/events.ts"
import { imitated, judge, paper } from "../support/paperRules.ts"
import { modelAt, startPolicyServer } from "../support/policyServer.ts"
import { eventually, patience } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

const titleHitFile = fileURLToPath(new URL("../../examples/scorers/titleHit.ts", import.meta.url))
const strict = "combine=novelty and usefulness and title-hit"

const Listed = Schema.Array(
  Schema.Struct({
    actor: Schema.String,
    hosted: Schema.Boolean,
    lag: Schema.Int,
    inFlight: Schema.Int,
    parked: Schema.Int,
    registration: Schema.optionalKey(
      Schema.Struct({ version: Schema.String, backfill: Schema.String, module: Schema.Struct({ path: Schema.String }) })
    )
  })
)
const Story = Schema.Struct({ entries: Schema.Array(Schema.Struct({ type: Schema.String, headline: Schema.String })) })
const Letters = Schema.Array(Schema.Struct({ actor: Schema.String, error: Schema.String }))

/** A log with a finished run in it, and no process that hosts anything. */
class Finished extends Context.Service<Finished, Workspace>()("test/scorers/Finished") {
  static readonly layer = Layer.effect(
    Finished,
    Effect.tap(makeWorkspace, (workspace) =>
      workspace.ok(["run", "rollout", "--run", "finished", ...questionsEach(10)])
    )
  )
}

/** Writes a scorer's module. */
const scorerFile = (workspace: Workspace, file: string, source: string): string => {
  const path = workspace.path(file)
  writeFileSync(path, source)
  return path
}

/** What the example says about a query, asked directly. */
const opinionOf = ({ data }: EventOf<"DocumentsRetrieved">): number => titleHit.score(data)

/** The scores that a scorer gave, by query; a query that it scored twice fails the test. */
const scoresOf = (events: ReadonlyArray<AnyEvent>, name: string): ReadonlyMap<string, number> => {
  const own = ofType(events, "QueryScored").filter(({ data }) => data.scorer.name === name)
  const scores = new Map(
    own.flatMap(({ data: { queryId, result } }) => (result.kind === "value" ? [[queryId, result.score] as const] : []))
  )
  assert.strictEqual(scores.size, own.length)
  return scores
}

layer(Finished.layer, { excludeTestServices: true, timeout: patience })("a scorer of one's own", (it) => {
  it.effect("scores every old query, counts in datasets, and shows in list and audit", () =>
    Effect.gen(function* () {
      const workspace = yield* Finished
      // That it was added for new queries only, at first, must not keep it from the old ones.
      yield* workspace.ok(["actors", "add", titleHitFile])
      yield* workspace.ok(["actors", "add", titleHitFile, "--backfill", "all"])
      const events = yield* exportEvents(workspace)
      const retrieved = ofType(events, "DocumentsRetrieved")
      const scores = scoresOf(events, "title-hit")
      assert.deepStrictEqual(scores, new Map(retrieved.map((event) => [event.data.queryId, opinionOf(event)])))
      assert.sameMembers([...new Set(scores.values())], [0, 1])

      const expected = imitated(judge(events, { ...paper, scorers: ["novelty", "usefulness", "title-hit"] }))
      const dataset = yield* build(workspace, "sft", "with-titles", ["--set", strict])
      assert.deepStrictEqual(
        lineageOf(dataset).map(({ trajectories }) => trajectories[0]),
        expected.map(({ id }) => id)
      )
      assert.isAbove(expected.length, 0)
      assert.isBelow(expected.length, (yield* build(workspace, "sft", "without-titles")).rows)

      const listed = (yield* workspace.json(Listed, ["actors", "list"])).find(({ actor }) => actor === "title-hit")
      const { registration, ...standing } = listed ?? {}
      assert.deepStrictEqual(standing, { actor: "title-hit", hosted: false, lag: 0, inFlight: 0, parked: 0 })
      assert.deepStrictEqual(registration, { version: "1", backfill: "all", module: { path: titleHitFile } })

      const { entries } = yield* workspace.json(Story, ["audit", "query", retrieved[0]?.data.queryId ?? ""])
      const told = entries.filter(({ type }) => type === "QueryScored").map(({ headline }) => headline)
      assert.strictEqual(told.length, 3)
      assert.isTrue(told.some((headline) => headline.includes("title-hit is")))
    })
  )

  it.effect("that was corrected by hand counts as corrected, in every later dataset", () =>
    Effect.gen(function* () {
      const workspace = yield* Finished
      const before = lineageOf(yield* build(workspace, "sft", "uncorrected"))
      const [victim, ...others] = before
      const query = victim?.queries[0] ?? ""
      const correction = ["--scorer", "usefulness", "--score", "0", "--reason", "it names another person"]
      yield* workspace.ok(["audit", "override", query, ...correction, "--by", "a tester"])
      const after = lineageOf(yield* build(workspace, "sft", "corrected"))
      assert.deepStrictEqual(after, others)
      const { entries } = yield* workspace.json(Story, ["audit", "query", query])
      assert.isTrue(entries.some(({ type }) => type === "ScoreOverridden"))
      yield* workspace.ok([
        "audit",
        "override",
        query,
        "--scorer",
        "usefulness",
        "--score",
        "1",
        "--reason",
        "mistaken"
      ])
      const restored = lineageOf(yield* build(workspace, "sft", "restored"))
      assert.deepStrictEqual(
        restored.map(({ id }) => id),
        before.map(({ id }) => id)
      )
    })
  )

  it.effect.each([
    ["throws on import", "throw new Error('no such model')", /broken\.mjs: the module does not load: no such model$/],
    ["exports no scorer", "export const score = () => 1", /broken\.mjs: expected an export `scorer`.*, found nothing$/],
    [
      "has an actor's name",
      'export const scorer = { name: "retrieval", version: "1", score: () => 1 }',
      /^smartsearch: retrieval: the name is taken; give the scorer another one$/
    ],
    [
      "has a scorer's name",
      'export const scorer = { name: "novelty", version: "1", score: () => 1 }',
      /^smartsearch: novelty: the name is taken; give the scorer another one$/
    ],
    [
      "has no name that a combination could use",
      'export const scorer = { name: "Title Hit", version: "1", score: () => 1 }',
      /broken\.mjs: expected `scorer\.name` to be .*, found "Title Hit"$/
    ]
  ] as const)("that %s is refused in one line", ([, source, message]) =>
    Effect.gen(function* () {
      const workspace = yield* Finished
      const file = scorerFile(workspace, "broken.mjs", source)
      const { code, stdout, stderr } = yield* workspace.run(["actors", "add", file])
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.match(stderr.trimEnd(), message)
      assert.strictEqual(stderr.trimEnd().split("\n").length, 1)
    })
  )

  it.effect("that joins a run scores what comes from then on; bad ones harm only themselves", () =>
    Effect.gen(function* () {
      const finished = yield* Finished
      const live = finished.withLog("live")
      // The run stands still until the scorers are there.
      let joined = false
      const server = yield* startPolicyServer({
        speaks: "completions",
        faults: (request) => (!joined && request > 80 ? "rate-limit" : undefined),
        retryAfterSeconds: 0
      })
      const impatient = { maxDeliver: 2, backoff: ["10 millis"] }
      const configuration = configured(live, {
        name: "live",
        questions: 20,
        models: { policy: modelAt(server, "completions", { retries: 100, timeout: "10 seconds" }) },
        policy: { model: "policy" },
        actors: { thrower: impatient, doubler: impatient }
      })
      const thrower = scorerFile(
        live,
        "thrower.mjs",
        'export const scorer = { name: "thrower", version: "1", score: () => { throw new Error("out of memory") } }'
      )
      const doubler = scorerFile(
        live,
        "doubler.mjs",
        'export const scorer = { name: "doubler", version: "1", score: async () => 2 }'
      )

      const up = yield* live.start(["up", ...configuration])
      yield* up.until("Hosting")
      const run = yield* live.start(["run", "rollout", ...configuration])
      yield* run.until("live ")
      yield* Effect.gen(function* () {
        yield* eventually(() => server.requests() > 80, 30)
        yield* Effect.all(
          [titleHitFile, thrower, doubler].map((file) => live.ok(["actors", "add", file])),
          { concurrency: "unbounded" }
        )
        joined = true
        const { code, stderr } = yield* run.ended
        assert.strictEqual(code, 0, stderr)
        yield* untilIdle(120)
      }).pipe(Effect.scoped, Effect.provide(live.log))

      const events = yield* exportEvents(live, "live.ndjson")
      const retrieved = ofType(events, "DocumentsRetrieved")
      const scored = scoresOf(events, "title-hit")
      assert.isAbove(scored.size, 20)
      assert.isBelow(scored.size, retrieved.length)
      const expected = retrieved.slice(-scored.size).map((event) => [event.data.queryId, opinionOf(event)] as const)
      assert.deepStrictEqual(scored, new Map(expected))
      const [{ data: registered } = { data: undefined }] = ofType(events, "ActorRegistered")
      assert.strictEqual(registered?.backfill, "none")

      const listed = yield* live.json(Listed, ["actors", "list"])
      const standings = new Map(listed.map((actor) => [actor.actor, actor]))
      for (const manager of ["assessment", "run-monitor", "curriculum"]) assert.isFalse(standings.has(manager))
      assert.deepInclude(standings.get("title-hit"), { hosted: true, lag: 0, inFlight: 0, parked: 0 })
      const letters = yield* live.json(Letters, ["dlq", "list"])
      for (const [name, error] of [
        ["thrower", /^ScorerError: scorer "thrower" on query \S+: Error: out of memory$/],
        ["doubler", /^ScorerError: scorer "doubler" on query \S+: expected a number from 0 to 1, .*found 2/]
      ] as const) {
        const own = letters.filter(({ actor }) => actor === name)
        assert.isAbove(own.length, 20)
        for (const letter of own) assert.match(letter.error, error)
        assert.strictEqual(standings.get(name)?.parked, own.length)
        assert.strictEqual(scoresOf(events, name).size, 0)
      }
      assert.strictEqual(letters.filter(({ actor }) => actor !== "thrower" && actor !== "doubler").length, 0)

      // The file changes under the registration.
      writeFileSync(doubler, 'export const scorer = { name: "doubler", version: "2", score: () => 0.5 }')
      const again = yield* live.run(["actors", "add", doubler])
      assert.strictEqual(again.code, 1)
      assert.match(again.stderr, /^smartsearch: doubler: registered from \S+doubler\.mjs with other contents; .*\n$/)
      yield* live.ok(["actors", "retire", "thrower", "--reason", "it only throws"])
      yield* up.signal("SIGINT")
      yield* up.ended
      const restarted = yield* live.start(["up", ...configuration])
      yield* restarted.until(
        /WARN scorer doubler does not run here: \S+doubler\.mjs: changed since "doubler" was registered/i
      )
      yield* restarted.until("Hosting")
      const now = new Map((yield* live.json(Listed, ["actors", "list"])).map((actor) => [actor.actor, actor]))
      assert.isTrue(now.get("title-hit")?.hosted)
      assert.isFalse(now.get("doubler")?.hosted)
      assert.isFalse(now.get("thrower")?.hosted)
      assert.isUndefined(now.get("thrower")?.registration)
    })
  )
})

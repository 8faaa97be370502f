import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { assert, layer, vi } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import type { AnyEvent } from "../../events/envelope.ts"
import { configured } from "../support/configuration.ts"
import { type Built, build, dataOf, lineageOf, rowsOf } from "../support/datasets.ts"
import { exportEvents } from "../support/events.ts"
import {
  imitated,
  type Judged,
  judge,
  paper,
  preferredByPaper,
  preferredByReference,
  type Rules,
  rewardTenths
} from "../support/paperRules.ts"
import { modelAt, startPolicyServer } from "../support/policyServer.ts"
import { patience } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

/** A run whose policy is a model server: whoever asks a model again is caught. */
class Performed extends Context.Service<
  Performed,
  { readonly workspace: Workspace; readonly events: ReadonlyArray<AnyEvent>; readonly modelCalls: () => number }
>()("test/otherRules/Performed") {
  static readonly layer = Layer.effect(
    Performed,
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const server = yield* startPolicyServer({ speaks: "sglang" })
      const configuration = configured(workspace, {
        name: "ruled",
        questions: 30,
        models: { policy: modelAt(server, "sglang") },
        policy: { model: "policy" }
      })
      yield* workspace.ok(["run", "rollout", ...configuration])
      const asked = server.requests()
      assert.isAbove(asked, 90)
      return { workspace, events: yield* exportEvents(workspace), modelCalls: () => server.requests() - asked }
    })
  )
}

/** Builds a dataset by other rules and makes sure that no model was asked. */
const rebuilt = (kind: "sft" | "dpo" | "rl", settings: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { workspace, modelCalls } = yield* Performed
    const folder = `by-${settings.join("-").replace(/\W+/g, "-")}`
    const dataset = yield* build(
      workspace,
      kind,
      folder,
      settings.flatMap((setting) => ["--set", setting])
    )
    assert.strictEqual(modelCalls(), 0)
    return dataset
  })

const Demonstration = Schema.Struct({ instruction: Schema.String, input: Schema.String, output: Schema.String })
const Group = Schema.Struct({
  rollouts: Schema.Array(Schema.Struct({ trajectoryId: Schema.String, reward: Schema.Finite, text: Schema.String }))
})

const Difference = Schema.Struct({
  settings: Schema.Array(Schema.Struct({ key: Schema.String, left: Schema.Json, right: Schema.Json })),
  onlyLeft: Schema.Array(Schema.String),
  onlyRight: Schema.Array(Schema.String),
  common: Schema.Int
})

const judgedBy = (rules: Partial<Rules>) => Effect.map(Performed, ({ events }) => judge(events, { ...paper, ...rules }))

const trajectoriesOf = (dataset: Built): ReadonlyArray<ReadonlyArray<string>> =>
  lineageOf(dataset).map(({ trajectories }) => trajectories)

const assertImitates = (dataset: Built, expected: ReadonlyArray<Judged>) => {
  assert.deepStrictEqual(
    trajectoriesOf(dataset),
    expected.map(({ id }) => [id])
  )
  assert.deepStrictEqual(
    dataOf(Schema.Array(Demonstration), dataset, "sft.alpaca.json").map(({ output }) => output),
    expected.map(({ transcript }) => transcript)
  )
}

layer(Performed.layer, { excludeTestServices: true, timeout: patience })("datasets by other rules", (it) => {
  const demonstrations: ReadonlyArray<readonly [ReadonlyArray<string>, Partial<Rules>]> = [
    [[], {}],
    [["novelty.maxOverlap=0"], { maxOverlap: 0 }],
    [["f1.threshold=1"], { correctFrom: 1 }],
    [["f1.threshold=0.3", "combine=novelty"], { correctFrom: 0.3, scorers: ["novelty"] }]
  ]

  it.effect("imitate exactly what the rules allow", () =>
    Effect.gen(function* () {
      const sizes: Array<number> = []
      for (const [settings, rules] of demonstrations) {
        const expected = imitated(yield* judgedBy(rules))
        assertImitates(yield* rebuilt("sft", settings), expected)
        sizes.push(expected.length)
      }
      const [standard = 0, stricter = 0, , looser = 0] = sizes
      assert.isAbove(stricter, 0)
      assert.isBelow(stricter, standard)
      assert.isAbove(looser, standard)
    })
  )

  it.effect("prefer by the public code's pairs or by the paper's full order", () =>
    Effect.gen(function* () {
      const reference = preferredByReference(yield* judgedBy({}))
      const full = preferredByPaper(yield* judgedBy({}))
      assert.isAbove(reference.length, 0)
      assert.isAbove(full.length, reference.length)
      assert.deepStrictEqual(trajectoriesOf(yield* rebuilt("dpo", [])), reference)
      assert.deepStrictEqual(trajectoriesOf(yield* rebuilt("dpo", ["pairing=paper"])), full)

      const byNovelty = preferredByPaper(yield* judgedBy({ scorers: ["novelty"] }))
      assert.notDeepEqual(byNovelty, full)
      const dataset = yield* rebuilt("dpo", ["pairing=paper", "combine=novelty"])
      assert.deepStrictEqual(trajectoriesOf(dataset), byNovelty)
    })
  )

  it.effect("reward rollouts by the rules", () =>
    Effect.gen(function* () {
      const rules: ReadonlyArray<readonly [ReadonlyArray<string>, Partial<Rules>]> = [
        [[], {}],
        [["novelty.maxOverlap=0", "f1.threshold=1"], { maxOverlap: 0, correctFrom: 1 }]
      ]
      const seen: Array<ReadonlyArray<number>> = []
      for (const [settings, changes] of rules) {
        const questions = yield* judgedBy(changes)
        const byId = new Map(questions.flat().map((trajectory) => [trajectory.id, trajectory]))
        const groups = rowsOf(Group, yield* rebuilt("rl", settings), "rl.jsonl")
        assert.strictEqual(groups.length, questions.length)
        for (const { rollouts } of groups) {
          assert.strictEqual(rollouts.length, 8)
          for (const { trajectoryId, reward, text } of rollouts) {
            const trajectory = byId.get(trajectoryId)
            assert.isDefined(trajectory)
            assert.strictEqual(reward, rewardTenths(trajectory) / 10)
            assert.strictEqual(text, trajectory.transcript)
          }
        }
        seen.push(groups.flatMap(({ rollouts }) => rollouts.map(({ reward }) => reward)))
      }
      assert.notDeepEqual(seen[0], seen[1])
    })
  )

  it.effect("explain by the same rules why a trajectory is left out", () =>
    Effect.gen(function* () {
      const { workspace, modelCalls } = yield* Performed
      const standard = imitated(yield* judgedBy({}))
      const strict = new Set(imitated(yield* judgedBy({ maxOverlap: 0 })).map(({ id }) => id))
      const lost = standard.find(({ id }) => !strict.has(id))
      assert.isDefined(lost)
      const Explained = Schema.Struct({
        datasets: Schema.Array(
          Schema.Struct({ kind: Schema.String, included: Schema.Boolean, reasons: Schema.Array(Schema.String) })
        )
      })
      const before = yield* workspace.json(Explained, ["datasets", "explain", lost.id])
      assert.strictEqual(before.datasets[0]?.included, true)
      const after = yield* workspace.json(Explained, [
        ...["datasets", "explain", lost.id],
        ...["--set", "novelty.maxOverlap=0"]
      ])
      assert.strictEqual(after.datasets[0]?.included, false)
      assert.match(after.datasets[0]?.reasons.join("\n") ?? "", /retrieved again, 0 allowed/)
      assert.strictEqual(modelCalls(), 0)
    })
  )

  it.effect("are verified against their manifest, and compared row by row", () =>
    Effect.gen(function* () {
      const { workspace } = yield* Performed
      const standard = yield* rebuilt("sft", [])
      const strict = yield* rebuilt("sft", ["novelty.maxOverlap=0"])
      const ids = (dataset: Built) => lineageOf(dataset).map(({ id }) => id)
      const lost = ids(standard).filter((id) => !ids(strict).includes(id))
      const difference = yield* workspace.json(Difference, ["datasets", "diff", standard.path, strict.path])
      assert.deepStrictEqual(difference, {
        settings: [{ key: "novelty.maxOverlap", left: 1, right: 0 }],
        onlyLeft: lost,
        onlyRight: [],
        common: strict.rows
      })

      yield* workspace.ok(["datasets", "verify", strict.path])
      appendFileSync(join(strict.path, "sft.alpaca.json"), "\n")
      const { code, stdout, stderr } = yield* workspace.run(["datasets", "verify", strict.path])
      assert.deepStrictEqual([code, stderr], [1, `smartsearch: ${strict.path} is not what its manifest says\n`])
      assert.match(stdout, /^sft\.alpaca\.json: /)
    })
  )
})

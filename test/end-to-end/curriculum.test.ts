import { existsSync, globSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, layer, vi } from "@effect/vitest"
import { Context, Effect, Layer, Schema } from "effect"
import type { AnyEvent } from "../../events/envelope.ts"
import { exportEvents, ofType } from "../support/events.ts"
import { smallCurriculum } from "../support/smallCurriculum.ts"
import { eventually, patience } from "../support/smartsearch.ts"
import { answerAs, makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

const whole = { seconds: patience / 1000 }

const Stage = Schema.Struct({
  name: Schema.String,
  n: Schema.Natural,
  em: Schema.Finite,
  f1: Schema.Finite,
  searchEfficiency: Schema.Finite,
  perfectRate: Schema.Finite,
  partialRate: Schema.Finite,
  counterfactualEm: Schema.Finite
})
const Answer = Schema.Struct({ run: Schema.String, seed: Schema.Int, stages: Schema.Array(Stage) })
const Reported = Schema.Struct({ run: Schema.String, report: Schema.String, stages: Schema.Array(Stage) })

/** The curriculum, with its results in a folder of the workspace. */
const command = (workspace: Workspace, folder: string, ...more: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...["run", "curriculum", "--run", "small", "--set", `output.dir=${workspace.path(folder)}`],
  ...smallCurriculum,
  ...more
]

/** The table of the stages alone: what follows tells of folders and seconds. */
const tableIn = (stdout: string): string => stdout.trim().split("\n\n")[0] ?? ""

/** sha256 of every policy that was trained, by its name. */
const policiesIn = (events: ReadonlyArray<AnyEvent>): Readonly<Record<string, string>> =>
  Object.fromEntries(ofType(events, "PolicyPublished").map(({ data }) => [data.name, data.policy.sha256]))

/** sha256 of every file of every dataset, and its rows. */
const datasetsIn = (events: ReadonlyArray<AnyEvent>) =>
  Object.fromEntries(
    ofType(events, "DatasetBuilt").map(({ data, runid }) => [
      runid,
      { rows: data.rows, files: data.files.map(({ name, sha256 }) => [name, sha256]) }
    ])
  )

/** Bytes of the log on disk. */
const bytesOf = ({ dataDir }: Workspace): number =>
  globSync("jetstream/*/streams/SMARTSEARCH/msgs/*.blk", { cwd: dataDir }).reduce(
    (sum, file) => sum + statSync(join(dataDir, file)).size,
    0
  )

/** A curriculum that nothing disturbed. */
class Undisturbed extends Context.Service<
  Undisturbed,
  { readonly workspace: Workspace; readonly table: string; readonly events: ReadonlyArray<AnyEvent> }
>()("test/curriculum/Undisturbed") {
  static readonly layer = Layer.effect(
    Undisturbed,
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const { stdout } = yield* workspace.ok(command(workspace, "out"), whole)
      return { workspace, table: tableIn(stdout), events: yield* exportEvents(workspace) }
    })
  )
}

const learning = ["sft", "dpo", "grpo-1", "grpo-2"].map((place) => `small-${place}`)

layer(Undisturbed.layer, { excludeTestServices: true, timeout: patience })("a curriculum", (it) => {
  it.effect("trains a policy stage by stage, and evaluates it before the first one and after each", () =>
    Effect.gen(function* () {
      const { events, table } = yield* Undisturbed
      const policies = policiesIn(events)
      assert.deepStrictEqual(Object.keys(policies), learning)
      assert.strictEqual(new Set(Object.values(policies)).size, learning.length)
      const rows = Object.values(datasetsIn(events)).map((dataset) => dataset.rows)
      assert.isTrue(rows.length === learning.length && rows.every((count) => count > 0), rows.join())
      const lines = table.split("\n").map((line) => line.trim().split(/ {2,}/))
      assert.deepStrictEqual(
        lines.slice(2).map((cells) => cells.slice(0, cells.length - 7)),
        ["true", "counterfactual"].flatMap((set) => [
          [set, "Base", "6"],
          ["SFT", "6"],
          ["DPO", "6"],
          ["GRPO", "6"]
        ])
      )
    })
  )

  it.effect("has each stage sample with the policy of the one before, and compare with it", () =>
    Effect.gen(function* () {
      const { events } = yield* Undisturbed
      const { "small-dpo": dpo, "small-grpo-1": first, "small-grpo-2": second, "small-sft": sft } = policiesIn(events)
      const [started] = ofType(events, "CurriculumStarted")
      const base = started?.data.policy?.sha256
      const asked = new Map(ofType(events, "CurriculumStepRequested").map(({ data }) => [data.step.id, data]))
      assert.deepStrictEqual(
        ["sft-rollout", "dpo-rollout", "grpo-1-rollout", "grpo-2-rollout", "grpo-evaluation-true"].map(
          (id) => asked.get(id)?.policy?.sha256
        ),
        [base, sft, dpo, first, second]
      )
      const trained = ofType(events, "TrainingRequested").map(({ data }) => [
        data.name,
        data.base.sha256,
        data.reference?.sha256
      ])
      assert.deepStrictEqual(trained, [
        ["small-sft", base, undefined],
        ["small-dpo", sft, sft],
        ["small-grpo-1", dpo, dpo],
        ["small-grpo-2", first, dpo]
      ])
    })
  )

  it.effect("that is killed while it samples and while it trains ends with the same policies and figures", () =>
    Effect.gen(function* () {
      const { events, table, workspace } = yield* Undisturbed
      const disturbed = workspace.withLog("disturbed")
      const args = command(disturbed, "disturbed-out")

      const sampling = yield* disturbed.start(args, whole)
      yield* sampling.until(" dpo-rollout ", whole.seconds)
      const before = bytesOf(disturbed)
      yield* eventually(() => bytesOf(disturbed) > before + 20_000, 60)
      yield* sampling.killAll
      assert.notInclude(sampling.stderr(), " dpo-dataset ")

      const training = yield* disturbed.start(args, whole)
      yield* training.until('Curriculum "small" was begun before: going on where it stood.\n')
      const output = disturbed.path("disturbed-out", "small", "grpo-1", "training")
      yield* eventually(() => existsSync(join(output, "checkpoints", "step-00000001")), whole.seconds)
      yield* training.killAll
      assert.isFalse(existsSync(join(output, "policy")))
      assert.notInclude(training.stderr(), " sft-")

      const ended = yield* disturbed.ok([...args, "--json"], whole)
      assert.notInclude(ended.stderr, " dpo-")
      const { stages } = yield* workspace.json(Reported, ["report"])
      assert.deepStrictEqual(answerAs(Answer)(ended).stages, stages)
      assert.strictEqual(tableIn((yield* disturbed.ok(["report"])).stdout), table)
      const disturbedEvents = yield* exportEvents(disturbed, "disturbed.ndjson")
      assert.deepStrictEqual(policiesIn(disturbedEvents), policiesIn(events))
      assert.deepStrictEqual(datasetsIn(disturbedEvents), datasetsIn(events))
      assert.strictEqual(new Set(disturbedEvents.map(({ id }) => id)).size, disturbedEvents.length)
    })
  )

  it.effect("that is completed does nothing new when it is asked for again, and tells the same", () =>
    Effect.gen(function* () {
      const { events, table, workspace } = yield* Undisturbed
      const again = yield* workspace.ok(command(workspace, "out"))
      assert.strictEqual(again.stderr, 'Curriculum "small" was begun before: going on where it stood.\n')
      assert.strictEqual(tableIn(again.stdout), table)
      assert.deepStrictEqual(yield* exportEvents(workspace, "again.ndjson"), events)
      const { report, stages } = yield* workspace.json(Reported, ["report", "small"])
      assert.deepStrictEqual(
        stages.map(({ n, name }) => [name, n]),
        ["base", "sft", "dpo", "grpo"].map((name) => [name, 6])
      )
      const page = readFileSync(report, "utf8")
      assert.include(page, "<h1>Curriculum small</h1>")
      assert.strictEqual(report, workspace.path("out", "small", "report.html"))
    })
  )

  it.effect("is refused in one line under its name with another seed, and runs under another one", () =>
    Effect.gen(function* () {
      const { workspace } = yield* Undisturbed
      const refused = yield* workspace.run(command(workspace, "out", "--seed", "7"))
      assert.match(
        refused.stderr,
        /^smartsearch: curriculum "small" is in the log with other settings \([0-9a-f]{12}, now [0-9a-f]{12}\); give this one another name \(--run NAME\)\n$/
      )
      assert.deepStrictEqual([refused.code, refused.stdout], [1, ""])
      const [, , , , ...others] = command(workspace, "out", "--seed", "7", "--stages", "sft", "--json")
      const answer = answerAs(Answer)(yield* workspace.ok(["quickstart", ...others], whole))
      assert.deepStrictEqual(
        [answer.run, answer.seed, answer.stages.map(({ name }) => name)],
        ["atlas", 7, ["base", "sft"]]
      )
      const policies = policiesIn(yield* exportEvents(workspace, "other.ndjson"))
      assert.deepStrictEqual(Object.keys(policies), [...learning, "atlas-sft"])
      assert.notStrictEqual(policies["atlas-sft"], policies["small-sft"])
    })
  )
})

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { openModel } from "../../runtime/models/qwen2/modelFolder.ts"
import { openTokenizer } from "../../runtime/models/qwen2/tokenizer.ts"
import { exportEvents, ofType } from "../support/events.ts"
import { eventually, patience } from "../support/smartsearch.ts"
import { answerAs, makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

/** A workspace with a few demonstrations. */
const prepared = Effect.map(makeWorkspace, (workspace) => {
  const rows = ["red", "green", "blue", "white"].map((color, i) => {
    const text = `<think>I know.</think><answer>\\boxed{${color}}</answer>`
    return JSON.stringify({ id: `d${i}`, system: "", user: `Which colour is ${i}?`, text, loss: [[0, text.length]] })
  })
  writeFileSync(workspace.path("data.jsonl"), rows.join("\n"))
  return workspace
})

const shape = ["vocabularySize=300", "hiddenSize=16", "intermediateSize=24", "layers=2", "heads=2", "keyValueHeads=1"]
const learning = ["cutoffLength=128", "epochs=100", "learningRate=0.01", "checkpointEvery=25"]

const pretraining = ({ path }: Workspace, out: string, ...more: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...["pretrain", "--data", path("data.jsonl"), "--out", path(out)],
  ...[...shape, ...learning].flatMap((value) => ["--set", value]),
  ...more
]

const Policy = Schema.Struct({ folder: Schema.String, sha256: Schema.String })
const Answer = Schema.Struct({
  training: Schema.String,
  objective: Schema.Literal("sft"),
  steps: Schema.Natural,
  untrained: Policy,
  policy: Policy,
  last: Schema.Struct({ loss: Schema.Finite })
})

describe("pretrain", () => {
  it.live("gives a policy that loads; killed on the way and started again, the same weights as one that was not", () =>
    Effect.gen(function* () {
      const workspace = yield* prepared
      const undisturbed = yield* workspace.withLog("calm").json(Answer, pretraining(workspace, "calm-out"))
      assert.deepStrictEqual(
        [undisturbed.untrained.folder, undisturbed.policy.folder],
        [workspace.path("calm-out", "untrained"), workspace.path("calm-out", "policy")]
      )
      const { config } = openModel(undisturbed.policy.folder)
      assert.deepInclude(config, { hiddenSize: 16, layers: 2, headSize: 8, keyValueHeads: 1, tiedEmbeddings: true })
      assert.strictEqual(config.vocabularySize % 64, 0)
      const tokenizer = yield* Effect.promise(() => openTokenizer(undisturbed.policy.folder))
      assert.strictEqual(tokenizer.encode("<think></think>").length, 2)

      const killed = yield* workspace.start(pretraining(workspace, "out"))
      yield* eventually(() => existsSync(workspace.path("out", "checkpoints", "step-00000025")), 60)
      yield* killed.killAll
      const again = yield* workspace.ok(pretraining(workspace, "out", "--json"))
      assert.match(
        again.stderr,
        /^Training sft-[0-9a-f]{12} was interrupted: going on from (step \d+|the beginning)\.\n/
      )
      const resumed = answerAs(Answer)(again)
      assert.deepStrictEqual([resumed.steps, resumed.policy.sha256], [100, undisturbed.policy.sha256])
      assert.strictEqual(resumed.untrained.sha256, undisturbed.untrained.sha256)
      assert.isBelow(resumed.last.loss, 1)
      const [requested] = ofType(yield* exportEvents(workspace), "TrainingRequested")
      assert.deepStrictEqual(requested?.data.base, resumed.untrained)
      assert.include(readFileSync(workspace.path("out", "report.html"), "utf8"), "<dd>completed</dd>")
    })
  )

  it.live("tells what is wrong in one line, and writes nothing", () =>
    Effect.gen(function* () {
      const workspace = yield* prepared
      const cases: ReadonlyArray<readonly [changes: ReadonlyArray<string>, says: string, code: number]> = [
        [["--set", "hidenSize=8"], '--set: training.pretrain: unknown key "hidenSize" (did you mean "hiddenSize"?)', 1],
        [["--set", "heads=3"], "heads: 3 does not divide hiddenSize, 16", 1],
        [
          ["--model", "base"],
          "Unrecognized flag: --model in command smartsearch pretrain; see `smartsearch pretrain --help`",
          2
        ]
      ]
      const before = readdirSync(workspace.folder)
      for (const [changes, says, code] of cases) {
        const ended = yield* workspace.run(pretraining(workspace, "out", ...changes), { folder: workspace.folder })
        assert.deepStrictEqual([ended.stderr, ended.code, ended.stdout], [`smartsearch: ${says}\n`, code, ""])
        assert.deepStrictEqual(readdirSync(workspace.folder), before)
      }
    })
  )
})

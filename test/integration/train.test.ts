import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { initializeWeights } from "../../runtime/models/qwen2/initialize.ts"
import { saveModel } from "../../runtime/models/qwen2/saveModel.ts"
import { tinyConfig } from "../../runtime/models/qwen2/testing/tiny.ts"
import { saveTokenizer, trainTokenizer } from "../../runtime/models/qwen2/trainTokenizer.ts"
import { exportEvents, ofType } from "../support/events.ts"
import { eventually, patience } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

/** A workspace with a small model whose tokens are bytes, and a few demonstrations for it. */
const prepared = Effect.gen(function* () {
  const workspace = yield* makeWorkspace
  const config = { ...tinyConfig, vocabularySize: 259, hiddenSize: 16, headSize: 8, maxPositions: 256 }
  const tokenizer = yield* Effect.promise(() => trainTokenizer([], { vocabularySize: config.vocabularySize }))
  saveModel(workspace.path("base"), { config, weights: initializeWeights(config, 1), type: "float32" })
  saveTokenizer(workspace.path("base"), tokenizer)
  const rows = ["red", "green", "blue", "white"].map((color, i) => {
    const text = `<think>I know.</think><answer>\\boxed{${color}}</answer>`
    return JSON.stringify({ id: `d${i}`, system: "", user: `Which colour is ${i}?`, text, loss: [[0, text.length]] })
  })
  writeFileSync(workspace.path("data.jsonl"), rows.join("\n"))
  return workspace
})

const training = ({ path }: Workspace, out: string, ...more: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...["train", "sft", "--model", path("base"), "--data", path("data.jsonl"), "--out", path(out)],
  ...["epochs=100", "gradientAccumulation=1", "learningRate=0.01", "checkpointEvery=50"].flatMap((value) => [
    "--set",
    value
  ]),
  ...more
]

const Answer = Schema.Struct({
  training: Schema.String,
  steps: Schema.Natural,
  policy: Schema.Struct({ folder: Schema.String, sha256: Schema.String }),
  last: Schema.Struct({ loss: Schema.Finite })
})

describe("train", () => {
  it.live("killed on the way and started again gives the weights and events of one that was not", () =>
    Effect.gen(function* () {
      const workspace = yield* prepared
      const calm = workspace.withLog("calm")
      const undisturbed = yield* calm.json(Answer, training(workspace, "calm-out"))
      const killed = yield* workspace.start(training(workspace, "out"))
      yield* eventually(() => existsSync(workspace.path("out", "checkpoints", "step-00000050")), 60)
      yield* killed.killAll
      const again = yield* workspace.ok(training(workspace, "out"))
      assert.match(
        again.stderr,
        /^Training sft-[0-9a-f]{12} was interrupted: going on from (step \d+|the beginning)\.\n/
      )
      const resumed = yield* workspace.json(Answer, training(workspace, "out"))
      assert.deepStrictEqual([resumed.steps, resumed.policy.sha256], [200, undisturbed.policy.sha256])
      assert.isBelow(resumed.last.loss, 1)
      const reports = ofType(yield* exportEvents(workspace), "TrainingStepCompleted").map(({ data }) => data.report)
      assert.deepStrictEqual(
        reports.map(({ step }) => step),
        Array.from({ length: 200 }, (_, i) => i + 1)
      )
      const html = readFileSync(workspace.path("out", "report.html"), "utf8")
      assert.include(html, "<dd>completed</dd>")
      assert.match((yield* workspace.ok(["log", "verify"])).stdout, /, 0 second copies, 0 unreadable/)
    })
  )

  it.live("tells what is wrong in one line, and writes nothing", () =>
    Effect.gen(function* () {
      const workspace = yield* prepared
      const cases: ReadonlyArray<readonly [changes: ReadonlyArray<string>, says: string, code: number]> = [
        [["--set", "epocs=1"], '--set: training.sft: unknown key "epocs" (did you mean "epochs"?)', 1],
        [
          ["--reference", "base"],
          "--reference: sft compares with no other policy; leave it out, or train dpo or grpo",
          1
        ],
        [["--engine", "verl"], "the engine verl trains grpo, not sft: take --engine local or llama-factory", 1],
        [
          ["--run", "a b"],
          '--set: run.name: expected up to 64 letters, digits, - and _, beginning with a letter or digit, got "a b"',
          1
        ],
        [
          ["--dry-run"],
          "--dry-run: the local engine trains in this process and writes no files to look at; leave it out",
          1
        ],
        [
          ["--engine", "magic"],
          'Invalid value for flag --engine: "magic". Expected: "local" | "llama-factory" | "verl"; see `smartsearch train sft --help`',
          2
        ]
      ]
      const before = readdirSync(workspace.folder)
      for (const [changes, says, code] of cases) {
        const ended = yield* workspace.run(training(workspace, "out", ...changes), { folder: workspace.folder })
        assert.deepStrictEqual([ended.stderr, ended.code, ended.stdout], [`smartsearch: ${says}\n`, code, ""])
        assert.deepStrictEqual(readdirSync(workspace.folder), before)
      }
    })
  )
})

import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, Path } from "effect"
import { loadSettings, presetNames } from "./load.ts"
import { readQuestions } from "./questions.ts"

const root = new URL("..", import.meta.url).pathname
const load = (config: string, set: ReadonlyArray<string> = []) => loadSettings({ config, set, workingFolder: root })

layer(NodeServices.layer)("loading a configuration", (it) => {
  describe("by a preset's name", () => {
    it.effect("gives every preset without a complaint", () =>
      Effect.gen(function* () {
        const names = yield* presetNames()
        assert.deepStrictEqual(names, ["atlas", "paper-3b", "quickstart"])
        for (const name of names) assert.strictEqual((yield* load(name)).run.name, name)
      })
    )

    it.effect("quickstart asks at least 300 questions that are there, and needs no server", () =>
      Effect.gen(function* () {
        const settings = yield* load("quickstart")
        const sets = yield* Effect.forEach(settings.questions, (source) => readQuestions(source, settings.run.seed))
        assert.isAtLeast(
          sets.reduce((sum, { questions }) => sum + questions.length, 0),
          300
        )
        assert.isTrue(sets.every(({ questions }) => questions.every(({ question }) => question.evidence !== undefined)))
        assert(settings.retrieval.retriever.kind === "bm25")
        assert.isTrue(yield* (yield* FileSystem.FileSystem).exists(settings.retrieval.retriever.corpus))
        assert.deepStrictEqual(
          [settings.models[settings.policy.model]?.kind, settings.judge.kind, settings.refinement.refiner.kind],
          ["heuristic", "evidence", "offline"]
        )
      })
    )

    it.effect("atlas learns and is evaluated with what is there, and needs no server", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const { curriculum, judge, models, policy, questions, refinement, retrieval, run } = yield* load("atlas")
        const sources = [...questions, ...(curriculum?.evaluation ?? [])]
        const sets = yield* Effect.forEach(sources, (source) => readQuestions(source, run.seed))
        assert.deepStrictEqual(
          sets.map(({ dataset, questions }) => [dataset, questions.length]),
          [
            ["atlas", 1600],
            ["true", 200],
            ["counterfactual", 200]
          ]
        )
        assert.isTrue(sets.every(({ questions }) => questions.every(({ question }) => question.evidence !== undefined)))
        const model = models[policy.model]
        assert(model?.kind === "local" && retrieval.retriever.kind === "bm25")
        const corpora = curriculum?.evaluation.flatMap(({ corpus }) => corpus ?? []) ?? []
        assert.lengthOf(corpora, 1)
        for (const path of [model.folder, retrieval.retriever.corpus, ...corpora]) assert.isTrue(yield* fs.exists(path))
        assert.deepStrictEqual([judge.kind, refinement.refiner.kind], ["evidence", "offline"])
      })
    )

    it.effect("paper-3b declares the published hyperparameters", () =>
      Effect.gen(function* () {
        const { training } = yield* load("paper-3b")
        assert(training !== undefined)
        assert.strictEqual(training.backbone, "Qwen/Qwen2.5-3B-Instruct")
        const { sft, dpo, grpo } = training
        assert.deepStrictEqual(
          [
            sft?.learningRate,
            sft?.epochs,
            sft?.batchSize,
            sft?.gradientAccumulation,
            sft?.cutoffLength,
            sft?.zeroStage
          ],
          [7e-6, 3, 2, 8, 16_384, 3]
        )
        assert.deepStrictEqual([sft?.schedule, sft?.warmupRatio, sft?.precision], ["cosine", 0.1, "bf16"])
        assert.deepStrictEqual(
          [dpo?.learningRate, dpo?.epochs, dpo?.batchSize, dpo?.gradientAccumulation, dpo?.cutoffLength, dpo?.beta],
          [7e-6, 3, 1, 8, 10_000, 0.1]
        )
        assert.deepStrictEqual([dpo?.loss, dpo?.lora], ["sigmoid", { rank: 8, target: "all" }])
        assert.deepStrictEqual(
          [grpo?.learningRate, grpo?.epochs, grpo?.batchSize, grpo?.miniBatchSize, grpo?.groupSize, grpo?.maxTurns],
          [1e-6, 2, 256, 64, 8, 5]
        )
        assert.deepStrictEqual(
          [grpo?.schedule, grpo?.maxPromptTokens, grpo?.maxResponseTokens, grpo?.topP, grpo?.klCoefficient],
          ["constant", 8192, 8192, 0.99, 0.001]
        )
        assert.isTrue(sft?.maskResults && dpo?.maskResults && grpo?.maskResults)
      })
    )

    it.effect("suggests the name that was meant", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(load("quikstart"))
        assert.strictEqual(
          error.message,
          '--config: no preset "quikstart" (did you mean "quickstart"?); there are atlas, paper-3b, quickstart, or give the path of a .yaml file'
        )
      })
    )

    it.effect("names the preset's file when a change does not fit", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(load("paper-3b", ["models={}"]))
        const lines = error.message.split("\n")
        assert.lengthOf(lines, 3)
        assert.match(
          lines[0] ?? "",
          /^config\/presets\/paper-3b\.yaml:\d+:3: policy\.model: no model "policy" in models$/
        )
      })
    )
  })

  describe("by a path", () => {
    it.effect("finds what it names beside it", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const folder = yield* fs.makeTempDirectoryScoped()
        const file = path.join(folder, "mine.yaml")
        yield* fs.writeFileString(
          file,
          "run: { name: mine }\nquestions: [{ dataset: d, path: q.jsonl }]\nretrieval: { retriever: { kind: bm25, corpus: c.jsonl } }\n"
        )
        const settings = yield* load(file)
        assert.strictEqual(settings.questions[0]?.path, path.join(folder, "q.jsonl"))
      })
    )

    it.effect("says that there is no such file, or that it is a folder", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(load("missing.yaml"))).message, "missing.yaml: no such file")
        assert.match((yield* Effect.flip(load("./config"))).message, /^\.\/config: can't be read: [^\n]+$/)
      })
    )
  })
})

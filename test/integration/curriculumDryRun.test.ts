import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { parquetReadObjects } from "hyparquet"
import { parse } from "yaml"
import { readText, writeModel } from "../../runtime/training/external/testing/folders.ts"
import { fakeCli } from "../../runtime/training/llama-factory/testing/fakeCli.ts"
import { fakeVerl } from "../../runtime/training/verl/testing/fakeVerl.ts"
import { benchmarks, corpus, questionsOf } from "../support/configuration.ts"
import { exportEvents } from "../support/events.ts"
import { modelAt, startPolicyServer } from "../support/policyServer.ts"
import { writeRandomModel } from "../support/randomModel.ts"
import { patience, startSmartsearch } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

const repository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** The hyperparameters of the preset with the paper's setting. */
const paperTraining: object = parse(readFileSync(repository("config/presets/paper-3b.yaml"), "utf8")).training

const backbone = "Qwen/Qwen2.5-3B-Instruct"

/** Writes a configuration whose policy is served, and tells the command that prepares it for training elsewhere. */
const dryRun = (workspace: Workspace, sections: object): ReadonlyArray<string> => {
  writeFileSync(
    workspace.path("served.yaml"),
    JSON.stringify({
      run: { name: "served" },
      questions: benchmarks.map((dataset) => ({ dataset, path: questionsOf(dataset) })),
      retrieval: { topK: 4, retriever: { kind: "bm25", corpus } },
      policy: { model: "policy" },
      datasets: { dpo: { pairing: "paper" }, sft: { formats: ["messages"] } },
      training: paperTraining,
      output: { dir: "out" },
      ...sections
    })
  )
  return ["run", "curriculum", "--config", workspace.path("served.yaml"), "--engine", "llama-factory", "--dry-run"]
}

const curriculum = {
  sft: { questions: 12, samples: 1 },
  dpo: { questions: 24 },
  grpo: { questions: 6, samples: 2 },
  evaluation: [{ dataset: "held-out", path: questionsOf("musique"), limit: 3 }]
}

/** Every file below a folder, by its path there. */
const filesBelow = (folder: string): ReadonlyMap<string, Buffer> =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(folder, name))])
  )

const yamlIn = (...path: ReadonlyArray<string>) => parse(readText(...path))
const jsonIn = (...path: ReadonlyArray<string>) => JSON.parse(readText(...path))
const parquetIn = (...path: ReadonlyArray<string>) =>
  Effect.promise(() => parquetReadObjects({ file: Uint8Array.from(readFileSync(join(...path))).buffer }))

const shell = (folder: string, script: string, environment: Readonly<Record<string, string>>) =>
  Effect.callback<string>((resume) => {
    execFile("bash", [script], { cwd: folder, env: { ...process.env, ...environment } }, (error, stdout, stderr) =>
      resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(stderr)))
    )
  })

const Answer = Schema.Struct({
  run: Schema.String,
  stages: Schema.Array(Schema.Struct({ name: Schema.String, n: Schema.Natural })),
  forTraining: Schema.Struct({
    folder: Schema.String,
    commands: Schema.Array(Schema.String),
    remarks: Schema.Array(Schema.String),
    stages: Schema.Array(
      Schema.Struct({
        name: Schema.String,
        place: Schema.String,
        engine: Schema.String,
        rows: Schema.Natural,
        prepared: Schema.Boolean
      })
    )
  })
})

const commands = [
  "(cd 1-sft/llama-factory && FORCE_TORCHRUN=1 llamafactory-cli train train.yaml)",
  "(cd 2-dpo/llama-factory && FORCE_TORCHRUN=1 llamafactory-cli train train.yaml)",
  "(cd 2-dpo/llama-factory && llamafactory-cli export export.yaml)",
  "(cd 3-grpo/verl && sh train.sh)"
]

describe("a curriculum that is trained elsewhere", () => {
  it.live("leaves one folder with data, files and commands for every stage, the same when it is given again", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const server = yield* startPolicyServer({ speaks: "completions" })
      const command = dryRun(workspace, { models: { policy: modelAt(server, "completions") }, curriculum })
      const inFolder = { folder: workspace.folder }
      const { stderr, stdout } = yield* workspace.ok(command, inFolder)
      const folder = workspace.path("out", "served", "for-training")
      const readme = readText(folder, "README.md")

      for (const line of commands) for (const text of [stdout, readme]) assert.include(text, line)
      assert.include(stdout, "out/served/for-training")
      assert.match(stdout, /held-out +Base +3 /)
      for (const text of [stderr, readme]) {
        assert.include(text, "2-dpo: training.dpo.maskResults is true, but LLaMA-Factory counts every token")
        assert.include(text, "3-grpo: verl takes 256 questions a batch and here are 6")
      }

      const written = filesBelow(folder)
      for (const name of written.keys()) if (name !== "README.md") assert.include(readme, `\`${name}\``)
      for (const contents of written.values()) assert.notInclude(contents.toString("latin1"), `${folder}/`)

      const events = yield* exportEvents(workspace)
      const kinds = new Set(events.map(({ type }) => type))
      assert.isTrue(kinds.has("DatasetBuilt"))
      assert.isFalse(kinds.has("TrainingRequested"))

      rmSync(workspace.path("out", "served", "sft"), { recursive: true })
      mkdirSync(join(folder, "1-sft", "llama-factory", "trained"))
      const again = yield* workspace.ok([...command, "--json"], inFolder)
      assert.deepStrictEqual(filesBelow(folder), written)
      assert.isTrue(existsSync(join(folder, "1-sft", "llama-factory", "trained")))
      const { forTraining, run, stages } = Schema.decodeUnknownSync(Schema.fromJsonString(Answer))(again.stdout)
      assert.deepStrictEqual([run, forTraining.commands], ["served", commands])
      assert.deepStrictEqual(stages, [{ name: "base", n: 3 }])
      assert.deepStrictEqual(
        forTraining.stages.map(({ place, engine, prepared }) => [place, engine, prepared]),
        [
          ["1-sft", "llama-factory", true],
          ["2-dpo", "llama-factory", true],
          ["3-grpo", "verl", true]
        ]
      )

      yield* checkLlamaFactory(folder, forTraining.stages)
      yield* checkVerl(folder)
      yield* checkScript(workspace, folder)
      yield* checkNextStage(workspace, command, readme)
    }).pipe(Effect.scoped)
  )

  const common = {
    bf16: true,
    fp16: false,
    deepspeed: "deepspeed.json",
    learning_rate: 7e-6,
    num_train_epochs: 3,
    gradient_accumulation_steps: 8,
    lr_scheduler_type: "cosine",
    warmup_ratio: 0.1,
    adam_epsilon: 1e-8,
    template: "empty",
    dataset_dir: "data",
    output_dir: "trained"
  }

  /** What LLaMA-Factory reads: the paper's values, datasets whose columns are there, and stage 2 after stage 1. */
  const checkLlamaFactory = Effect.fnUntraced(function* (
    folder: string,
    stages: (typeof Answer.Type)["forTraining"]["stages"]
  ) {
    const [sft, dpo] = ["1-sft", "2-dpo"].map((place) => join(folder, place, "llama-factory"))
    assert(sft !== undefined && dpo !== undefined)
    assert.deepInclude(yamlIn(sft, "train.yaml"), {
      ...common,
      stage: "sft",
      model_name_or_path: backbone,
      finetuning_type: "full",
      per_device_train_batch_size: 2,
      cutoff_len: 16384
    })
    assert.deepInclude(yamlIn(dpo, "train.yaml"), {
      ...common,
      stage: "dpo",
      model_name_or_path: "../../1-sft/llama-factory/trained",
      finetuning_type: "lora",
      lora_rank: 8,
      lora_target: "all",
      pref_beta: 0.1,
      pref_loss: "sigmoid",
      per_device_train_batch_size: 1,
      cutoff_len: 10000
    })
    assert.notProperty(yamlIn(dpo, "train.yaml"), "ref_model")
    assert.match(readText(dpo, "train.yaml"), /^adam_epsilon: 1\.0e-8$/m)
    assert.deepInclude(yamlIn(dpo, "export.yaml"), {
      model_name_or_path: "../../1-sft/llama-factory/trained",
      adapter_name_or_path: "trained",
      export_dir: "merged"
    })
    for (const work of [sft, dpo]) assert.strictEqual(jsonIn(work, "deepspeed.json").zero_optimization.stage, 3)

    const datasets = [
      ["1-sft", "sft", { system: "instruction", prompt: "input", response: "output" }],
      ["2-dpo", "dpo", { system: "instruction", prompt: "input", chosen: "chosen", rejected: "rejected" }]
    ] as const
    for (const [place, kind, columns] of datasets) {
      const info = jsonIn(folder, place, "dataset", "dataset_info.json")[`smartsearch_${kind}`]
      assert.deepStrictEqual([info.columns, info.ranking], [columns, kind === "dpo" ? true : undefined])
      const rows: ReadonlyArray<object> = jsonIn(folder, place, "dataset", info.file_name)
      const count = stages.find((stage) => stage.place === place)?.rows
      assert.isAbove(rows.length, 0)
      assert.strictEqual(rows.length, count)
      for (const row of rows) assert.containsAllKeys(row, Object.values(columns))
      const trained = jsonIn(folder, place, "llama-factory", "data", "dataset_info.json").smartsearch
      const examples: ReadonlyArray<object> = jsonIn(folder, place, "llama-factory", "data", trained.file_name)
      assert.strictEqual(examples.length, count)
      for (const row of examples) assert.containsAllKeys(row, Object.values(trained.columns))
      assert.include(readText(folder, "README.md"), `| ${count} ${kind === "sft" ? "demonstrations" : "preferences"} |`)
    }
    assert.isTrue(existsSync(join(folder, "1-sft", "dataset", "sft.messages.jsonl")))
    const turns = jsonIn(sft, "data", "examples.json")[0].conversations.map(({ from }: { from: string }) => from)
    assert.include(turns, "observation")
  })

  /** What verl reads: the questions, the configuration's retrieval, and stage 3 after the merged stage 2. */
  const checkVerl = Effect.fnUntraced(function* (folder: string) {
    const verl = join(folder, "3-grpo", "verl")
    const rows = yield* parquetIn(verl, "train.parquet")
    assert.strictEqual(rows.length, 6)
    assert.containsAllKeys(rows[0], ["data_source", "prompt", "reward_model", "extra_info"])
    assert.deepStrictEqual(rows, yield* parquetIn(folder, "3-grpo", "dataset", "rl.verl.parquet"))
    assert.deepInclude(yamlIn(verl, "agent.yaml")[0], { top_k: 4, max_turns: 5, mask_results: true, server: "vllm" })
    const script = readText(verl, "train.sh")
    for (const override of [
      `"actor_rollout_ref.model.path='$here/../../2-dpo/llama-factory/merged'"`,
      "actor_rollout_ref.actor.optim.lr=0.000001",
      "actor_rollout_ref.actor.optim.lr_scheduler_type=constant",
      "data.train_batch_size=256",
      "actor_rollout_ref.actor.ppo_mini_batch_size=64",
      "actor_rollout_ref.rollout.n=8",
      "actor_rollout_ref.rollout.top_p=0.99",
      "data.max_prompt_length=8192",
      "data.max_response_length=8192",
      "actor_rollout_ref.actor.kl_loss_coef=0.001",
      "actor_rollout_ref.actor.kl_loss_type=low_var_kl",
      "trainer.total_epochs=2"
    ]) {
      assert.include(script, ` ${override} `)
    }
  })

  /** Wherever the folder is copied to, its script runs each tool where its files are, on what the stage before wrote. */
  const checkScript = Effect.fnUntraced(function* (workspace: Workspace, folder: string) {
    const copy = workspace.path("it's elsewhere")
    cpSync(folder, copy, { recursive: true })
    const tools = workspace.path("tools")
    const hub = join(copy, "1-sft", "llama-factory", backbone)
    for (const made of [tools, hub]) mkdirSync(made, { recursive: true })
    writeModel(hub)
    fakeCli(tools)
    yield* shell("/", join(copy, "run.sh"), {
      PATH: `${tools}:${process.env.PATH}`,
      SMARTSEARCH_PYTHON: fakeVerl(tools)
    })
    const done = (place: string) => readText(copy, place, "llama-factory", "commands.txt").trim().split("\n")
    assert.deepStrictEqual(done("1-sft"), ["train train.yaml"])
    assert.deepStrictEqual(done("2-dpo"), ["train train.yaml", "export export.yaml"])
    const given: ReadonlyArray<string> = jsonIn(copy, "3-grpo", "verl", "arguments.json")
    const base = given.find((text) => text.startsWith("actor_rollout_ref.model.path="))?.replace(/^.*?='(.*)'$/, "$1")
    assert.isTrue(existsSync(join(base?.replaceAll("\\'", "'") ?? "", "model.safetensors")))
    assert.strictEqual(relative(copy, base?.replaceAll("\\'", "'") ?? ""), "2-dpo/llama-factory/merged")
  })

  /** The command that the README tells for the next stage writes the folder of that stage alone. */
  const checkNextStage = Effect.fnUntraced(function* (
    workspace: Workspace,
    command: ReadonlyArray<string>,
    readme: string
  ) {
    const config = workspace.path("served.yaml")
    assert.include(readme, `vllm serve "$DIR/1-sft/llama-factory/trained" --served-model-name test-model --port `)
    assert.include(
      readme,
      `smartsearch run curriculum --config ${config} --engine llama-factory --dry-run --stages dpo --run served-stage-2 --set training.backbone="$DIR/1-sft/llama-factory/trained"\n`
    )
    const changes = ["--stages", "dpo", "--run", "served-stage-2", "--set", "training.backbone=/trained/sft"]
    yield* workspace.ok([...command, ...changes], { folder: workspace.folder })
    const folder = workspace.path("out", "served-stage-2", "for-training")
    assert.deepStrictEqual(readdirSync(folder).sort(), ["2-dpo", "README.md", "run.sh"])
    assert.strictEqual(yamlIn(folder, "2-dpo", "llama-factory", "train.yaml").model_name_or_path, "/trained/sft")
    assert.include(readText(folder, "README.md"), "--stages grpo --run served-stage-3 --set training.backbone=")
  })

  it.live("passes over stages whose policy gave nothing to learn from, and says so", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const model = yield* Effect.promise(() => writeRandomModel(workspace.folder, "tiny"))
      const server = yield* startSmartsearch(["serve", "model", "--model", model, "--port", "0"])
      yield* server.until(/Serving .* at http.*\n/)
      const url = /at (http:\S+:\d+)/.exec(server.stderr())?.[1] ?? ""
      const atlas = (file: string) => repository(`examples/atlas/${file}`)
      const few = { questions: 2, samples: 1 }
      const command = dryRun(workspace, {
        questions: [{ dataset: "atlas", path: atlas("train.jsonl") }],
        retrieval: { retriever: { kind: "bm25", corpus: atlas("corpus.jsonl") } },
        models: { policy: { kind: "sglang", url, model: "tiny", logProbs: true } },
        policy: { model: "policy", system: "", maxTurns: 2, sampling: { maxNewTokens: 16 }, maxResponseTokens: 64 },
        curriculum: { sft: few, dpo: few, grpo: few },
        training: { ...paperTraining, grpo: { batchSize: 2, miniBatchSize: 2 } }
      })
      const { stderr, stdout } = yield* workspace.ok(command, { folder: workspace.folder })
      const folder = workspace.path("out", "served", "for-training")
      assert.deepStrictEqual(readdirSync(folder).sort(), ["3-grpo", "README.md", "run.sh"])
      const readme = readText(folder, "README.md")
      for (const text of [stderr, readme]) {
        assert.include(text, "1-sft: no trajectory was right with every query of high quality")
        assert.include(text, "2-dpo: no trajectory was better than another one of its question")
        assert.notInclude(text, "maskResults is true")
      }
      assert.include(readme, "| `1-sft` imitation | 0 demonstrations | – | no files: it is passed over |")
      assert.include(stdout, "to be run there:\n  (cd 3-grpo/verl && sh train.sh)\n")
      const script = readText(folder, "3-grpo", "verl", "train.sh")
      assert.include(script, ` actor_rollout_ref.model.path=${backbone} `)
      assert.include(script, " trainer.total_training_steps=2 ")
      assert.strictEqual((yield* parquetIn(folder, "3-grpo", "verl", "train.parquet")).length, 2)
      assert.include(readme, "| `data.train_batch_size` | 2 | `training.grpo.batchSize` | 256 |")
    }).pipe(Effect.scoped)
  )

  it.live("is refused in a line before anything is sampled where it can't be trained so", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const models = { policy: { kind: "sglang", url: "http://127.0.0.1:1", model: "none" } }
      const command = dryRun(workspace, { models, curriculum })
      const withoutBackbone = { ...paperTraining, backbone: undefined }
      const cases: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
        [
          command.slice(0, -1),
          "policy.model is no model of this process (kind: local), so what is trained could not take its place; give its folder, or --dry-run for the data and files that an engine elsewhere needs"
        ],
        [
          [...command.slice(0, 4), "--engine", "local", "--dry-run"],
          "--dry-run: the local engine trains in this process and needs no files; take --engine llama-factory"
        ],
        [
          [...command, "--stages", "sft,grop"],
          '--stages sft,grop: there is no stage "grop" (did you mean "grpo"?); there are sft, dpo, grpo'
        ],
        [[...command, "--set", "training.grpo.lora={}"], "training.grpo: verl trains all weights here; set lora=false"],
        [
          [...command, "--set", `training=${JSON.stringify(withoutBackbone)}`],
          "training.backbone is left out, and the policy has no folder here: name the model that the first stage starts from, e.g. --set training.backbone=Qwen/Qwen2.5-3B-Instruct"
        ]
      ]
      for (const [args, says] of cases) {
        const ended = yield* workspace.run(args, { folder: workspace.folder })
        assert.deepStrictEqual([ended.stderr, ended.code, ended.stdout], [`smartsearch: ${says}\n`, 1, ""])
      }
      assert.deepStrictEqual(readdirSync(workspace.folder), ["served.yaml"])
    }).pipe(Effect.scoped)
  )
})

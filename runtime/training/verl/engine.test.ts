import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { parquetReadObjects } from "hyparquet"
import { parse } from "yaml"
import type { StepReport } from "../../../actors/trainer/trainingEngine.ts"
import { TrainingProgress } from "../../../actors/trainer/trainingProgress.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { paperRules } from "../../../method/assess.ts"
import { serveRewards } from "../../http/reward-server/rewardServer.ts"
import { writeFolder } from "../external/files.ts"
import { readText, requestIn } from "../external/testing/folders.ts"
import { makeVerl } from "./engine.ts"
import { fakeVerl } from "./testing/fakeVerl.ts"

const rollout = { text: "<think>a</think>", loss: [[0, 16]], reward: 1, advantage: 0, turns: [] }
const groups = ["q1", "q2", "q3", "q4"].map((id) => ({
  id: `rl-${id}`,
  dataset: "hotpotqa",
  questionId: id,
  system: "S",
  user: `Who is ${id}?`,
  goldenAnswers: [id, "Zürich"],
  rollouts: [rollout]
}))

const rollouts = {
  server: "vllm",
  questions: 2,
  groupSize: 8,
  miniBatchSize: 64,
  maxPromptTokens: 8192,
  maxResponseTokens: 8192,
  maxTurns: 5,
  temperature: 1,
  topP: 0.99
} as const
const objective = { kind: "grpo", clipRatio: 0.2, klCoefficient: 0.001, rollouts } as const

/** The paper's settings, but for a batch of 2 where it has 256. */
const settings = {
  learningRate: 1e-6,
  schedule: "constant",
  warmupRatio: 0,
  epochs: 2,
  batchSize: 1,
  gradientAccumulation: 64,
  checkpointEvery: 2
} as const
const grpo = { objective, engine: "verl", name: "policy-grpo", settings } as const

const layer = Layer.merge(NodeServices.layer, NodeHttpClient.layerUndici)

/** Trains with the stand-in, and with rewards that are served. */
const train = (request: TrainingRequest, mode = "") =>
  Effect.gen(function* () {
    const rewardUrl = yield* serveRewards(
      { rules: paperRules, judge: undefined },
      { host: "127.0.0.1", port: 0, maxBody: 1000 }
    )
    const engine = yield* makeVerl({
      SMARTSEARCH_PYTHON: fakeVerl(dirname(request.output)),
      SMARTSEARCH_REWARD_URL: rewardUrl,
      SMARTSEARCH_GPUS: "4",
      FAKE: mode
    })
    return yield* engine.train({ request, from: undefined })
  }).pipe(Effect.scoped)

const failure = (request: TrainingRequest, mode: string) =>
  Effect.map(Effect.flip(train(request, mode)), ({ message }) => message.replaceAll(dirname(request.output), "DIR"))

const rowsIn = (...path: ReadonlyArray<string>) =>
  Effect.promise(() => parquetReadObjects({ file: Uint8Array.from(readFileSync(join(...path))).buffer }))

describe("verl", () => {
  it.live("trains, and tells every step as it is done and at the end", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, grpo)
      const watched: Array<StepReport> = []
      const outcome = yield* train(request).pipe(
        Effect.provideService(TrainingProgress, (_, step) => Effect.sync(() => void watched.push(step)))
      )
      assert.deepStrictEqual(watched, [...outcome.steps])
      assert.deepStrictEqual(
        outcome.steps.map(({ step, of, reward, tokensPerSecond }) => [step, of, reward, tokensPerSecond]),
        [1, 2, 3, 4].map((step) => [step, 4, step / 10, 500])
      )
      assert.deepStrictEqual(outcome.overview.parameters, { total: 6, trainable: 6 })
      assert(outcome.end.kind === "completed")
      assert.strictEqual(outcome.end.policy.folder, join(request.output, "policy"))
      assert.deepStrictEqual(readdirSync(outcome.end.policy.folder).sort(), [
        "config.json",
        "model.safetensors",
        "tokenizer.json"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.live("is given the paper's hyperparameters, and devices from the environment", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, grpo)
      yield* train(request)
      const folder = join(request.output, "verl")
      const [flag, module, ...overrides]: ReadonlyArray<string> = JSON.parse(readText(folder, "arguments.json"))
      assert.deepStrictEqual([flag, module], ["-m", "verl.trainer.main_ppo"])
      const values = Object.fromEntries(overrides.map((text) => text.split(/=(.*)/s).slice(0, 2)))
      const expected = {
        "algorithm.adv_estimator": "grpo",
        "data.train_files": `'${folder}/train.parquet'`,
        "data.train_batch_size": "2",
        "data.max_prompt_length": "8192",
        "data.max_response_length": "8192",
        "actor_rollout_ref.model.path": request.base.folder,
        "actor_rollout_ref.actor.optim.lr": "0.000001",
        "actor_rollout_ref.actor.optim.lr_scheduler_type": "constant",
        "actor_rollout_ref.actor.optim.betas": "[0.9,0.999]",
        "actor_rollout_ref.actor.ppo_mini_batch_size": "64",
        "actor_rollout_ref.actor.ppo_max_token_len_per_gpu": "16384",
        "actor_rollout_ref.actor.use_kl_loss": "True",
        "actor_rollout_ref.actor.kl_loss_coef": "0.001",
        "actor_rollout_ref.actor.kl_loss_type": "low_var_kl",
        "actor_rollout_ref.actor.clip_ratio": "0.2",
        "actor_rollout_ref.actor.clip_ratio_low": "0.2",
        "actor_rollout_ref.actor.clip_ratio_high": "0.2",
        "actor_rollout_ref.actor.checkpoint.save_contents": "[model,optimizer,extra,hf_model]",
        "actor_rollout_ref.rollout.name": "vllm",
        "actor_rollout_ref.rollout.n": "8",
        "actor_rollout_ref.rollout.temperature": "1",
        "actor_rollout_ref.rollout.top_p": "0.99",
        "actor_rollout_ref.rollout.multi_turn.max_assistant_turns": "5",
        "actor_rollout_ref.rollout.agent.default_agent_loop": "smartsearch",
        "custom_reward_function.path": `'${folder}/reward.py'`,
        "custom_reward_function.name": "compute_score",
        "+ray_kwargs.ray_init.runtime_env.env_vars.PYTHONPATH": `'${folder}'`,
        "trainer.experiment_name": "policy-grpo",
        "trainer.logger": "[console]",
        "trainer.total_epochs": "2",
        "trainer.total_training_steps": "4",
        "trainer.n_gpus_per_node": "4",
        "trainer.nnodes": "1"
      }
      for (const [key, value] of Object.entries(expected)) assert.strictEqual(values[key], value, key)
    }).pipe(Effect.provide(layer))
  )

  it.live("writes all files and starts nothing when it only prepares", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, grpo)
      const engine = yield* makeVerl({ SMARTSEARCH_RETRIEVER_URL: "http://retriever:8000" })
      const { commands, folder } = yield* engine.prepare(request)
      assert.deepStrictEqual(commands, ["sh train.sh"])
      assert.deepStrictEqual(readdirSync(folder).sort(), [
        "README.md",
        "agent.yaml",
        "reward.py",
        "search_agent.py",
        "test.parquet",
        "train.parquet",
        "train.sh"
      ])
      assert.deepStrictEqual(parse(readText(folder, "agent.yaml")), [
        {
          name: "smartsearch",
          _target_: "search_agent.SearchAgentLoop",
          search_url: "http://retriever:8000",
          top_k: 5,
          max_turns: 5,
          mask_results: true,
          server: "vllm"
        }
      ])
      const rows = yield* rowsIn(folder, "train.parquet")
      assert.strictEqual(rows.length, 4)
      assert.deepInclude(rows[1], {
        data_source: "hotpotqa",
        prompt: [
          { role: "system", content: "S" },
          { role: "user", content: "Who is q2?" }
        ],
        reward_model: { style: "rule", ground_truth: ["q2", "Zürich"] }
      })
      assert.strictEqual((yield* rowsIn(folder, "test.parquet")).length, 4)
    }).pipe(Effect.provide(layer))
  )

  it.live("can be moved, with a base that lies beside its folder", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, grpo)
      const engine = yield* makeVerl({})
      const { files } = yield* engine.files({ ...request, base: { folder: "../../dpo/merged", sha256: "unknown" } })
      const moved = join(dirname(request.output), "it's moved", "here")
      yield* writeFolder(moved, files)
      const python = fakeVerl(dirname(request.output))
      yield* Effect.promise(
        () =>
          new Promise((resolve) =>
            execFile(
              "sh",
              [join(moved, "train.sh"), "more=1"],
              { cwd: moved, env: { SMARTSEARCH_PYTHON: python } },
              resolve
            )
          )
      )
      const overrides: ReadonlyArray<string> = JSON.parse(readText(moved, "arguments.json"))
      const quoted = moved.replace("'", "\\'")
      assert.include(overrides, `actor_rollout_ref.model.path='${quoted}/../../dpo/merged'`)
      assert.include(overrides, `trainer.default_local_dir='${quoted}/checkpoints'`)
      assert.strictEqual(overrides.at(-1), "more=1")
    }).pipe(Effect.provide(layer))
  )

  it.live("has files for fewer questions than a batch, and leaves the steps to verl", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, {
        ...grpo,
        objective: { ...objective, rollouts: { ...rollouts, questions: 5 } }
      })
      const engine = yield* makeVerl({})
      const { files } = yield* engine.files(request)
      assert.notInclude(String(files["train.sh"]), "total_training_steps")
      assert.include((yield* Effect.flip(engine.prepare(request))).detail, "4 questions, and a batch 5")
    }).pipe(Effect.provide(layer))
  )

  it.live("takes the retriever from what is configured, unless the environment names one", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, grpo)
      const configured = { searchUrl: "http://configured:8090", topK: 3 }
      const agentIn = Effect.fnUntraced(function* (environment: Readonly<Record<string, string>>) {
        const { files } = yield* (yield* makeVerl(environment, configured)).files(request)
        return parse(String(files["agent.yaml"]))[0]
      })
      assert.deepInclude(yield* agentIn({}), { search_url: "http://configured:8090", top_k: 3 })
      assert.deepInclude(yield* agentIn({ SMARTSEARCH_RETRIEVER_URL: "http://named:1" }), {
        search_url: "http://named:1"
      })
    }).pipe(Effect.provide(layer))
  )

  it.live("keeps names whole that a shell or Hydra would take apart", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, { ...grpo, name: "it's $HOME, {a: 1}" })
      yield* train(request)
      const overrides: ReadonlyArray<string> = JSON.parse(readText(request.output, "verl", "arguments.json"))
      assert.include(overrides, "trainer.experiment_name='it\\'s $HOME, {a: 1}'")
    }).pipe(Effect.provide(layer))
  )

  it.live("is missed before anything is written, and so are rewards", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, grpo)
      const refusal = (environment: Record<string, string>) =>
        Effect.gen(function* () {
          const engine = yield* makeVerl(environment)
          return (yield* Effect.flip(engine.train({ request, from: undefined }))).detail
        })
      const advice =
        "install it (pip install verl), or set SMARTSEARCH_PYTHON to a Python that has it, or use --dry-run to write its files only"
      assert.strictEqual(yield* refusal({ PATH: "/nowhere" }), `verl needs Python: python3 is not in PATH; ${advice}`)
      const python = fakeVerl(dirname(request.output))
      assert.strictEqual(
        yield* refusal({ SMARTSEARCH_PYTHON: python, FAKE: "no-verl" }),
        `${python} has no module verl; ${advice}`
      )
      assert.strictEqual(
        yield* refusal({ SMARTSEARCH_PYTHON: python, SMARTSEARCH_REWARD_URL: "http://127.0.0.1:1" }),
        "no reward service answers at http://127.0.0.1:1; start one (smartsearch serve reward), or set SMARTSEARCH_REWARD_URL"
      )
      assert.isFalse(existsSync(request.output))
    }).pipe(Effect.provide(layer))
  )

  it.live.each([
    ["preferences", { objective: { kind: "dpo", beta: 0.1 } }, "verl trains grpo only"],
    ["recorded rollouts", { objective: { kind: "grpo", clipRatio: 0.2, klCoefficient: 0 } }, "its own rollouts"],
    ["an adapter", { settings: { ...settings, lora: { rank: 8, alpha: 16, targets: ["q_proj"] } } }, "all weights"],
    ["a linear schedule", { settings: { ...settings, schedule: "linear" } }, "not linear"],
    ["another reference", { reference: { folder: "/x", sha256: "other" } }, "leave the reference out"],
    [
      "too few questions",
      { objective: { ...objective, rollouts: { ...rollouts, questions: 5 } } },
      "4 questions, and a batch 5"
    ]
  ] as const)("refuses %s, before anything is written", ([, changes, reason]) =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, { ...grpo, ...changes })
      assert.include(yield* failure(request, ""), reason)
      assert.isFalse(existsSync(request.output))
    }).pipe(Effect.provide(layer))
  )

  it.live("goes on from its last checkpoint after a crash", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, { ...grpo, settings: { ...settings, checkpointEvery: 1 } })
      assert.strictEqual(
        yield* failure(request, "crash"),
        "/bin/sh failed with exit code 1: RuntimeError: the reward service refused a trajectory (all it said: DIR/out/verl/console.log)"
      )
      const { steps } = yield* train(request)
      assert.deepStrictEqual(
        steps.map(({ step }) => step),
        [1, 2, 3, 4]
      )
      const told = readText(request.output, "verl", "console.log").match(/ step:\d/g)
      assert.deepStrictEqual(told, [" step:1", " step:2", " step:3", " step:4"])
    }).pipe(Effect.provide(layer))
  )

  it.live("tells that a training diverged", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(groups, grpo)
      assert.include(yield* failure(request, "diverge"), "the loss of step 2 is no number: the training diverged")
    }).pipe(Effect.provide(layer))
  )
})

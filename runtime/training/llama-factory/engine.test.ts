import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { parse } from "yaml"
import type { StepReport } from "../../../actors/trainer/trainingEngine.ts"
import { TrainingProgress } from "../../../actors/trainer/trainingProgress.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { isAlive } from "../../event-log/serverProcess.ts"
import { readText, requestIn } from "../external/testing/folders.ts"
import { makeLlamaFactory } from "./engine.ts"
import { fakeCli } from "./testing/fakeCli.ts"
import { trainingArguments } from "./trainingArguments.ts"

const text = "<think>a</think><search>q</search><result>result: \nd\n</result><answer>\\boxed{x}</answer>"
const demonstrations = ["q1", "q2"].map((id) => ({
  id,
  system: "S",
  user: id,
  text,
  loss: [
    [0, 34],
    [63, text.length]
  ]
}))
const preferences = [
  { id: "p", system: "S", user: "U", chosen: { text, loss: [[0, 34]] }, rejected: { text: "bad", loss: [[0, 3]] } }
]
const lora = { rank: 8, alpha: 16, targets: ["q_proj", "v_proj"] }

/** Trains with the stand-in. */
const train = (request: TrainingRequest, mode = "") =>
  Effect.gen(function* () {
    const program = fakeCli(dirname(request.output))
    const engine = yield* makeLlamaFactory({ SMARTSEARCH_LLAMAFACTORY: program, FAKE: mode })
    return yield* engine.train({ request, from: undefined })
  })

const folderOf = ({ output }: TrainingRequest) => join(output, "llama-factory")
const commands = (request: TrainingRequest) => readText(folderOf(request), "commands.txt").trim().split("\n")

const failure = (request: TrainingRequest, mode: string) =>
  Effect.map(Effect.flip(train(request, mode)), ({ detail }) => detail.replaceAll(dirname(request.output), "DIR"))

describe("LLaMA-Factory", () => {
  it.live("fine-tunes, and tells every step as it is done and at the end", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(demonstrations)
      const watched: Array<StepReport> = []
      const outcome = yield* train(request).pipe(
        Effect.provideService(TrainingProgress, (_, step) => Effect.sync(() => void watched.push(step)))
      )
      assert.deepStrictEqual(outcome.overview.parameters, { total: 6, trainable: 6 })
      assert.strictEqual(outcome.overview.examples, 2)
      assert.strictEqual(outcome.overview.steps, 6)
      assert.deepStrictEqual(outcome.steps[3], {
        step: 4,
        of: 6,
        epoch: 2,
        loss: 0.25,
        learningRate: 1e-6,
        gradientNorm: 0.5,
        tokens: 100,
        tokensPerSecond: 50.5,
        margin: 0.4
      })
      assert.deepStrictEqual(
        watched.map(({ step, gradientNorm }) => [step, gradientNorm]),
        outcome.steps.map(({ step, gradientNorm }) => [step, gradientNorm])
      )
      assert(outcome.end.kind === "completed")
      assert.strictEqual(outcome.end.policy.folder, join(request.output, "policy"))
      assert.deepStrictEqual(readdirSync(outcome.end.policy.folder).sort(), [
        "config.json",
        "model.safetensors",
        "tokenizer.json"
      ])
      assert.deepStrictEqual(commands(request), ["train train.yaml"])
      assert.include(readText(folderOf(request), "console.log"), "{'loss': 0.25, 'grad_norm': 0.5, 'epoch': 2}\n")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("trains an adapter of preferences and merges it", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(preferences, {
        objective: { kind: "dpo", beta: 0.1 },
        settings: { maskResults: false, lora }
      })
      const { end } = yield* train(request)
      assert(end.kind === "completed")
      assert.deepStrictEqual(readdirSync(join(request.output, "adapter")).sort(), [
        "adapter_config.json",
        "adapter_model.safetensors"
      ])
      assert.isTrue(existsSync(join(end.policy.folder, "model.safetensors")))
      assert.deepStrictEqual(commands(request), ["train train.yaml", "export export.yaml"])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("writes all files and starts nothing when it only prepares", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(demonstrations, { settings: { lora } })
      const engine = yield* makeLlamaFactory({})
      const { commands, folder } = yield* engine.prepare(request)
      assert.deepStrictEqual(commands, [
        "FORCE_TORCHRUN=1 llamafactory-cli train train.yaml",
        "llamafactory-cli export export.yaml"
      ])
      assert.deepStrictEqual(readdirSync(folder).sort(), [
        "README.md",
        "data",
        "deepspeed.json",
        "export.yaml",
        "train.yaml"
      ])
      assert.deepStrictEqual(parse(readText(folder, "train.yaml")), trainingArguments(request))
      assert.strictEqual(parse(readText(folder, "export.yaml")).adapter_name_or_path, "trained")
      assert.strictEqual(JSON.parse(readText(folder, "deepspeed.json")).zero_optimization.stage, 3)
      for (const command of commands) assert.include(readText(folder, "README.md"), command)
      const info = JSON.parse(readText(folder, "data", "dataset_info.json"))
      assert.deepStrictEqual(info, {
        smartsearch: { file_name: "examples.json", formatting: "sharegpt", columns: { messages: "conversations" } }
      })
      const rows = JSON.parse(readText(folder, "data", "examples.json"))
      assert.deepStrictEqual(
        rows[1].conversations.map(({ from }: { readonly from: string }) => from),
        ["human", "gpt", "observation", "gpt"]
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("is missed before anything is written", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(demonstrations)
      for (const [environment, where] of [
        [{ PATH: "/nowhere" }, "llamafactory-cli is not in PATH"],
        [{ SMARTSEARCH_LLAMAFACTORY: "/nowhere/x" }, 'SMARTSEARCH_LLAMAFACTORY is "/nowhere/x", which is no program']
      ] as const) {
        const engine = yield* makeLlamaFactory(environment)
        const { detail, retryable } = yield* Effect.flip(engine.train({ request, from: undefined }))
        assert.strictEqual(
          detail,
          `${where}; install it (pip install llamafactory), or set SMARTSEARCH_LLAMAFACTORY, or use --dry-run to write its files only`
        )
        assert.isFalse(retryable)
      }
      assert.isFalse(existsSync(request.output))
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live.each([
    [{ objective: { kind: "dpo", beta: 0.1 } }, "can't leave the results out of the loss of dpo"],
    [{ objective: { kind: "grpo", clipRatio: 0.2, klCoefficient: 0.001 } }, "trains sft and dpo only"],
    [{ settings: { lora: { ...lora, alpha: 1.5 } } }, "whole number for the alpha"]
  ] as const)("refuses what it can't do, before anything is written: %j", ([changes, reason]) =>
    Effect.gen(function* () {
      const request = yield* requestIn(demonstrations, changes)
      assert.include(yield* failure(request, ""), reason)
      assert.isFalse(existsSync(request.output))
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("goes on from its last complete checkpoint after a crash", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(demonstrations)
      const outOfMemory = "failed with exit code 1: torch.OutOfMemoryError: CUDA out of memory."
      const said = "(all it said: DIR/out/llama-factory/console.log)"
      assert.strictEqual(yield* failure(request, "crash"), `DIR/llamafactory-cli ${outOfMemory} ${said}`)
      assert.include(yield* failure(request, "broken"), outOfMemory)
      const { steps } = yield* train(request)
      assert.deepStrictEqual(commands(request), [
        "train train.yaml",
        "train train.yaml resume_from_checkpoint=trained/checkpoint-2",
        "train train.yaml resume_from_checkpoint=trained/checkpoint-4"
      ])
      assert.deepStrictEqual(
        steps.map(({ step, loss }) => [step, loss]),
        [1, 2, 3, 4, 5, 6].map((step) => [step, 1 / step])
      )
      assert.deepStrictEqual(
        steps.map(({ tokens }) => tokens),
        [100, 100, 100, 100, 100, 100]
      )
      assert.deepStrictEqual((yield* train(request)).steps, steps)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("tells that a training diverged", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(demonstrations)
      assert.strictEqual(
        yield* failure(request, "diverge"),
        "DIR/out/llama-factory/trained/trainer_log.jsonl: the loss of step 5 is no number: the training diverged; try a lower learning rate, or bf16 instead of fp16"
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("ends with all it started when it is interrupted", () =>
    Effect.gen(function* () {
      const request = yield* requestIn(demonstrations)
      const training = yield* Effect.forkChild(train(request, "hang"))
      const pidFile = join(folderOf(request), "worker.pid")
      yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => existsSync(pidFile) && readText(pidFile) !== "" })
      const worker = Number(readText(pidFile))
      assert.isTrue(isAlive(worker))
      yield* Fiber.interrupt(training)
      yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => !isAlive(worker) })
    }).pipe(Effect.timeout("20 seconds"), Effect.provide(NodeServices.layer))
  )
})

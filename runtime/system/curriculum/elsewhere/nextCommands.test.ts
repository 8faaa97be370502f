import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type { StageName } from "../../../../config/curriculum.ts"
import { Settings } from "../../../../config/settings.ts"
import { nextStage, policyInWords } from "./nextCommands.ts"
import { outsideRequest, stagePlace } from "./request.ts"
import { runScript } from "./script.ts"
import type { PreparedStage } from "./stage.ts"
import { outsideTraining } from "./training.ts"

const settingsWith = (model: object): Settings =>
  Schema.decodeUnknownSync(Settings)({
    run: { name: "c" },
    questions: [{ dataset: "d", path: "/d.jsonl" }],
    retrieval: { retriever: { kind: "bm25", corpus: "/corpus.jsonl" } },
    models: { "the policy": model },
    policy: { model: "the policy" }
  })

const sglang = settingsWith({ kind: "sglang", url: "http://gpu:30000", model: "Qwen/Qwen2.5-3B-Instruct" })
const chat = settingsWith({ kind: "chat", url: "https://gpu/v1", model: "my model" })
const local = settingsWith({ kind: "local", folder: "/models/small" })

const stageWith = (stage: StageName, rows: number, policy: string): PreparedStage => {
  const training = Result.getOrThrow(outsideTraining(stage, sglang))
  const dataset = { file: "f", format: "jsonl", sha256: "s", rows }
  const place = stagePlace(stage)
  const request = outsideRequest({ training, name: stage, base: "b", dataset, output: place })
  const data = ({ sft: "sft", dpo: "dpo", grpo: "rl" } as const)[stage]
  return {
    ...{ stage, rows, training },
    step: { kind: "dataset", id: stage, stage, round: 1, runId: "c-1", dataset: data, location: "/data" },
    ...(rows === 0
      ? {}
      : { prepared: { request, files: {}, commands: ["train it"], folder: `${place}/engine`, policy } })
  }
}

const sft = stageWith("sft", 3, "1-sft/engine/trained")
const dpo = stageWith("dpo", 2, "2-dpo/engine/merged")
const grpo = stageWith("grpo", 1, "3-grpo/engine/last")
const given = { name: "c", configured: ["--config", "my file.yaml"], changed: ["--set", "run.seed=7"] }

const commandsAfter = (stages: ReadonlyArray<PreparedStage>, settings: Settings, name = "c") =>
  nextStage(stages, settings, { ...given, name })
    ?.split("\n")
    .slice(2, -2)

describe("what follows a stage that is trained elsewhere", () => {
  it("is served by SGLang, and sampled from for the next stage", () => {
    assert.deepStrictEqual(commandsAfter([sft, dpo], sglang), [
      'bash "$DIR/run.sh" 1-sft',
      'python3 -m sglang.launch_server --model-path "$DIR/1-sft/engine/trained" --port 30000 &',
      "smartsearch run curriculum --config 'my file.yaml' --set run.seed=7 --engine llama-factory --dry-run --stages dpo --run c-stage-2 --set training.backbone=\"$DIR/1-sft/engine/trained\""
    ])
  })

  it("is served under the name that is asked for, where the server speaks OpenAI's interface", () => {
    assert.strictEqual(
      commandsAfter([dpo], chat, "c-stage-2")?.[1],
      "vllm serve \"$DIR/2-dpo/engine/merged\" --served-model-name 'my model' &"
    )
    assert.include(commandsAfter([dpo], chat, "c-stage-2")?.[2], "--stages grpo --run c-stage-3 ")
  })

  it("takes the place of a policy that runs in the process", () => {
    const [, next = "", more] = commandsAfter([sft], local) ?? []
    assert.isUndefined(more)
    assert.isTrue(next.endsWith(` --set 'models.the policy.folder='"$DIR/1-sft/engine/trained"`))
  })

  it("is measured after the last one", () => {
    assert.strictEqual(
      commandsAfter([grpo], sglang, "c-stage-3")?.[2],
      "smartsearch run evaluate --config 'my file.yaml' --run c-trained"
    )
  })

  it("is the next stage that was asked for, where one is left out", () => {
    assert.include(commandsAfter([sft, grpo], sglang)?.[2], "--stages grpo --run c-stage-3 ")
  })

  it("is that of the first stage that has files, if any", () => {
    assert.strictEqual(commandsAfter([stageWith("sft", 0, ""), dpo], sglang)?.[0], 'bash "$DIR/run.sh" 2-dpo')
    assert.isUndefined(commandsAfter([stageWith("sft", 0, "")], sglang))
  })
})

it("whose trajectories were sampled is told by name and place", () => {
  assert.deepStrictEqual([sglang, chat, local].map(policyInWords), [
    "`Qwen/Qwen2.5-3B-Instruct` behind http://gpu:30000 (sglang)",
    "`my model` behind https://gpu/v1 (chat)",
    "the policy in /models/small"
  ])
})

it("a script has a section for each stage that has files", () => {
  const script = runScript([sft, stageWith("dpo", 0, ""), grpo])
  assert.include(script, "\nset -euo pipefail\n")
  assert.include(script, "set -- 1-sft 3-grpo\n")
  assert.include(script, "        cd 3-grpo/engine\n        train it\n")
  assert.notInclude(script, "2-dpo")
})

import { describe, expect, it } from "@effect/vitest"
import { linearNames } from "../../models/qwen2/config.ts"
import { requestWith } from "../external/testing/request.ts"
import { exportArguments, trainingArguments } from "./trainingArguments.ts"

describe("LLaMA-Factory's arguments", () => {
  it("are the paper's for fine-tuning", () => {
    expect(trainingArguments(requestWith())).toEqual({
      model_name_or_path: "/models/base",
      do_train: true,
      stage: "sft",
      finetuning_type: "full",
      deepspeed: "deepspeed.json",
      bf16: true,
      fp16: false,
      dataset: "smartsearch",
      dataset_dir: "data",
      template: "empty",
      cutoff_len: 16384,
      output_dir: "trained",
      overwrite_output_dir: false,
      save_steps: 50,
      save_total_limit: 2,
      save_only_model: false,
      logging_steps: 1,
      include_num_input_tokens_seen: true,
      report_to: "none",
      learning_rate: 7e-6,
      num_train_epochs: 3,
      per_device_train_batch_size: 2,
      gradient_accumulation_steps: 8,
      lr_scheduler_type: "cosine",
      warmup_ratio: 0.1,
      max_grad_norm: 1,
      adam_beta1: 0.9,
      adam_beta2: 0.999,
      adam_epsilon: 1e-8,
      weight_decay: 0,
      seed: 42
    })
  })

  const dpo = requestWith({
    objective: { kind: "dpo", beta: 0.1 },
    settings: {
      batchSize: 1,
      cutoffLength: 10000,
      maskResults: false,
      lora: { rank: 8, alpha: 16, targets: linearNames }
    }
  })

  it("are the paper's for preferences, with an adapter on every linear layer", () => {
    expect(trainingArguments(dpo)).toMatchObject({
      stage: "dpo",
      pref_beta: 0.1,
      pref_loss: "sigmoid",
      finetuning_type: "lora",
      lora_rank: 8,
      lora_alpha: 16,
      lora_target: "all",
      cutoff_len: 10000,
      per_device_train_batch_size: 1,
      gradient_accumulation_steps: 8
    })
    expect(exportArguments(dpo)).toMatchObject({
      model_name_or_path: "/models/base",
      adapter_name_or_path: "trained",
      export_dir: "merged"
    })
  })

  it("name the adapted layers when they are not all", () => {
    const settings = { lora: { rank: 4, alpha: 8, targets: ["q_proj", "v_proj"] } }
    expect(trainingArguments(requestWith({ settings }))).toMatchObject({ lora_target: "q_proj,v_proj" })
  })

  it("name a reference only where it is not the base", () => {
    const same = { folder: "/elsewhere", sha256: "base" }
    expect(trainingArguments({ ...dpo, reference: same })).not.toHaveProperty("ref_model")
    const other = { folder: "/models/sft", sha256: "other" }
    expect(trainingArguments({ ...dpo, reference: other })).toMatchObject({ ref_model: "/models/sft" })
  })

  it.each([
    ["constant", 0, "constant"],
    ["constant", 0.1, "constant_with_warmup"],
    ["linear", 0.1, "linear"]
  ] as const)("call the schedule %s with a warm-up of %d %s", (schedule, warmupRatio, name) => {
    const request = requestWith({ settings: { schedule, warmupRatio } })
    expect(trainingArguments(request)).toMatchObject({ lr_scheduler_type: name, warmup_ratio: warmupRatio })
  })

  it("know no DeepSpeed and no half precision where none is asked for", () => {
    const request = requestWith({ settings: { devices: { precision: "fp32" }, maxSteps: 7 } })
    expect(trainingArguments(request)).toMatchObject({ bf16: false, fp16: false, max_steps: 7 })
    expect(trainingArguments(request)).not.toHaveProperty("deepspeed")
  })
})

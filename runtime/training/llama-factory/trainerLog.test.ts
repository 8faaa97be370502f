import { describe, expect, it } from "@effect/vitest"
import { loggedSteps, readLoggedStep, stepReport } from "./trainerLog.ts"
import { detailsByStep, readPrinted } from "./trainerState.ts"

const line = (step: number, more = "") =>
  `{"current_steps": ${step}, "total_steps": 6, "loss": 0.5${step}, "lr": 7e-06, "epoch": 0.5${more}, "percentage": 33.33, "elapsed_time": "0:00:02", "remaining_time": "0:00:04", "throughput": 812.5, "total_tokens": ${1000 * step}}`

describe("LLaMA-Factory's trainer log", () => {
  it("tells steps", () => {
    const [before, step] = [readLoggedStep(line(1)), readLoggedStep(line(2, ', "accuracy": 0.75'))]
    expect(step && stepReport(step, before, { gradientNorm: 1.25, margin: 0.03 })).toEqual({
      step: 2,
      of: 6,
      epoch: 0.5,
      loss: 0.52,
      learningRate: 7e-6,
      gradientNorm: 1.25,
      tokens: 1000,
      tokensPerSecond: 812.5,
      preferenceAccuracy: 0.75,
      margin: 0.03
    })
  })

  it.each([
    ["an empty line", ""],
    ["half a line", '{"current_steps": 3, "total_st'],
    ["no object", "[1, 2]"],
    ["the summary at the end", '{"current_steps": 6, "total_steps": 6, "epoch": 3.0, "percentage": 100.0}'],
    ["text", "Traceback (most recent call last):"],
    ["a step of no number", '{"current_steps": "3", "total_steps": 6, "loss": 0.1}'],
    ["the beginning", '{"current_steps": 0, "total_steps": 6, "loss": 0.1}']
  ])("tells no step by %s", (_, text) => {
    expect(readLoggedStep(text)).toBeUndefined()
  })

  it("has no report for a step that diverged", () => {
    const step = readLoggedStep('{"current_steps": 1, "total_steps": 6, "loss": NaN, "lr": 7e-06}')
    expect(step).toMatchObject({ current_steps: 1, loss: null })
    expect(step && stepReport(step, undefined, {})).toBeUndefined()
  })

  it("counts what a resumed training tells again once, and as it was told last", () => {
    const again = line(2).replace("0.52", "0.42")
    expect(
      loggedSteps([line(1), line(2), line(3).slice(0, 30), again, line(3)]).map((step) => [
        step.current_steps,
        step.loss
      ])
    ).toEqual([
      [1, 0.51],
      [2, 0.42],
      [3, 0.53]
    ])
  })
})

describe("the Trainer's state", () => {
  it("tells gradients and margins by step", () => {
    const state = `{"epoch": 3.0, "log_history": [
      {"epoch": 0.5, "grad_norm": 1.5, "learning_rate": 7e-06, "loss": 0.69, "rewards/margins": 0.02, "step": 1},
      {"epoch": 1.0, "grad_norm": NaN, "learning_rate": 7e-06, "loss": 0.6, "step": 2},
      {"epoch": 3.0, "step": 2, "total_flos": 1.0, "train_loss": 0.6}]}`
    expect(detailsByStep(state)?.get(1)).toEqual({ gradientNorm: 1.5, margin: 0.02 })
    expect(detailsByStep("{")).toBeUndefined()
  })

  it.each([
    [
      "{'loss': 0.69, 'grad_norm': 1.25, 'learning_rate': 7e-06, 'rewards/margins': -0.5, 'epoch': 0.1}",
      { gradientNorm: 1.25, margin: -0.5 }
    ],
    ["{'loss': '0.69', 'grad_norm': '1.25e-03', 'learning_rate': '7e-06'}", { gradientNorm: 0.00125 }],
    ["{'loss': 0.69, 'grad_norm': nan, 'learning_rate': 7e-06}", {}],
    ["{'train_runtime': 12.3, 'train_loss': 0.6}", undefined],
    ["loss: 0.69", undefined],
    [" 50%|█████     | 3/6 [00:01<00:01]", undefined]
  ])("is printed too: %s", (text, details) => {
    expect(readPrinted(text)).toEqual(details)
  })
})

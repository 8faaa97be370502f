import { describe, expect, it } from "@effect/vitest"
import { loggedSteps, readStepMetrics, stepReport } from "./consoleMetrics.ts"

const line = (step: number, reward = "0.4375") =>
  `step:${step} - global_seqlen/min:1024 - actor/entropy:0.31 - actor/kl_loss:0.002 - actor/kl_coef:0.001 - ` +
  `actor/pg_loss:-0.0125 - actor/pg_clipfrac:0.05 - actor/ppo_kl:1e-05 - actor/grad_norm:0.75 - actor/lr:1e-06 - ` +
  `training/epoch:0 - critic/score/mean:0.4 - critic/rewards/mean:${reward} - timing_s/step:20.0 - ` +
  `perf/total_num_tokens:4000 - perf/time_per_step:20.0 - perf/throughput:100.0`

const schedule = { steps: 6, stepsPerEpoch: 3 }

const report = (text: string) => {
  const metrics = readStepMetrics(text)
  return metrics && stepReport(metrics, schedule)
}

describe("verl's console", () => {
  it("tells steps", () => {
    expect(report(line(4))).toEqual({
      step: 4,
      of: 6,
      epoch: 4 / 3,
      loss: -0.0125 + 0.001 * 0.002,
      learningRate: 1e-6,
      gradientNorm: 0.75,
      tokens: 4000,
      tokensPerSecond: 200,
      reward: 0.4375,
      kl: 0.002,
      clipFraction: 0.05
    })
  })

  it.each([
    ["behind the name of its process", `(TaskRunner pid=4242) ${line(4)}`],
    ["behind its name and address", `(TaskRunner pid=4242, ip=10.0.0.7) ${line(4)}`],
    ["in NumPy's numbers", line(4, "np.float64(0.4375)")]
  ])("tells them %s too", (_, text) => {
    expect(report(text)).toEqual(report(line(4)))
  })

  it.each([
    ["an empty line", ""],
    ["a validation", "step:0 - val-core/hotpotqa/reward/mean@1:0.3 - val-aux/num_turns/mean:3.0"],
    ["a cut-off line", "step:3 - actor/ent"],
    ["a progress bar", "Training Progress:  50%|█████     | 3/6 [01:00<01:00, 20.0s/it]"],
    ["text about steps", "Total training steps: 6"],
    ["no number", "step:x - actor/pg_loss:1.0"]
  ])("tells no step by %s", (_, text) => {
    expect(readStepMetrics(text)).toBeUndefined()
  })

  it.each(["actor/pg_loss:-0.0125", "actor/grad_norm:0.75"])("has no report where %s is no number", (metric) => {
    const diverged = line(4).replace(metric, metric.replace(/:.*/, ":nan"))
    expect(readStepMetrics(diverged)).toBeDefined()
    expect(report(diverged)).toBeUndefined()
  })

  it("counts what a resumed training tells again once, and as it was told last", () => {
    const told = loggedSteps([line(1), line(2, "0.1"), "noise", line(2, "0.2"), line(3)])
    expect(told.map(({ metrics, step }) => [step, metrics.get("critic/rewards/mean")])).toEqual([
      [1, 0.4375],
      [2, 0.2],
      [3, 0.4375]
    ])
  })
})

import { appendFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Checkpoint, LegEnd, StepReport } from "../../../actors/trainer/trainingEngine.ts"
import type { TrainingRequest, TrainingSettings } from "../../../events/training.ts"
import { readAdapter } from "../../models/qwen2/adapterFolder.ts"
import { modelDigest, openModel } from "../../models/qwen2/modelFolder.ts"
import { openExecutor } from "../../tensors/executors.ts"
import { divisionOf, type LocalTraining, openTraining, type TrainingData } from "./localTraining.ts"
import { demonstrations, groups, preferences, writeSmallPolicy } from "./testing/smallTask.ts"

const { executor } = await openExecutor("auto")
const folder = mkdtempSync(join(tmpdir(), "smartsearch-training-"))
const base = join(folder, "base")

let sha256 = ""

beforeAll(async () => {
  await writeSmallPolicy(base)
  sha256 = await modelDigest(base)
})
afterAll(() => rmSync(folder, { recursive: true }))

const settings: TrainingSettings = {
  learningRate: 5e-3,
  schedule: "cosine",
  warmupRatio: 0.1,
  epochs: 100,
  maxSteps: 40,
  batchSize: 16,
  gradientAccumulation: 1,
  cutoffLength: 128,
  clipNorm: 1,
  adam: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 },
  weightDecay: 0.01,
  maskResults: true,
  seed: 3,
  checkpointEvery: 15,
  keepCheckpoints: 2
}

const request = (
  name: string,
  objective: TrainingRequest["objective"],
  changes: Partial<TrainingSettings> = {}
): TrainingRequest => ({
  trainingId: name,
  objective,
  engine: "local",
  base: { folder: base, sha256 },
  dataset: { file: "none", format: "jsonl", sha256: "none", rows: 1 },
  output: join(folder, name),
  name,
  settings: { ...settings, ...changes }
})

const imitation = (name: string, changes: Partial<TrainingSettings> = {}): TrainingData => ({
  request: request(name, { kind: "sft" }, changes),
  examples: demonstrations
})

type Completed = Extract<LegEnd, { readonly kind: "completed" }>

/** Trains to the end, and tells every step and checkpoint on the way. */
const toTheEnd = async (training: LocalTraining) => {
  const steps: Array<StepReport> = []
  const checkpoints: Array<Checkpoint> = []
  while (true) {
    const leg = await training.leg(() => undefined)
    steps.push(...leg.steps)
    if (leg.end.kind === "completed") return { steps, checkpoints, end: leg.end as Completed }
    checkpoints.push(leg.end.checkpoint)
  }
}

const trained = async (data: TrainingData) => toTheEnd(await openTraining(data, executor))

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
const [first, last] = [5, -5]

describe("a training in this process", () => {
  it("imitates: the loss falls, the learnt tokens become the likeliest", { timeout: 60_000 }, async () => {
    const { end, steps } = await trained(imitation("imitates", { maxSteps: 120 }))
    expect(steps).toHaveLength(120)
    expect(mean(steps.slice(last).map(({ loss }) => loss))).toBeLessThan(0.5)
    expect(mean(steps.slice(0, first).map(({ loss }) => loss))).toBeGreaterThan(3)
    expect(mean(steps.slice(last).map(({ tokenAccuracy = 0 }) => tokenAccuracy))).toBeGreaterThan(0.8)
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1))
    expect(openModel(end.policy.folder).config).toEqual(openModel(base).config)
  })

  it("goes on from a checkpoint to the same bits", { timeout: 60_000 }, async () => {
    const whole = await trained(imitation("undisturbed"))
    const broken = await openTraining(imitation("killed"), executor)
    const { end } = await broken.leg(() => undefined)
    if (end.kind !== "checkpoint") throw new Error("the training was over after one leg")
    // Steps after the checkpoint are lost with the process.
    await broken.leg(() => undefined)
    const again = await openTraining(imitation("killed"), executor)
    await again.restore(end.checkpoint)
    expect(again.step()).toBe(15)
    const rest = await toTheEnd(again)
    expect(rest.end.policy.sha256).toBe(whole.end.policy.sha256)
    expect(rest.steps.map(({ loss }) => loss)).toEqual(whole.steps.slice(15).map(({ loss }) => loss))
    expect(whole.checkpoints.map(({ step }) => step)).toEqual([15, 30])
  })

  it("accumulates gradients as if the batch were larger", { timeout: 60_000 }, async () => {
    const atOnce = await trained(imitation("at-once", { maxSteps: 2, batchSize: 76 }))
    const inParts = await trained(imitation("in-parts", { maxSteps: 2, batchSize: 19, gradientAccumulation: 4 }))
    for (const [index, step] of atOnce.steps.entries()) {
      expect(inParts.steps[index]?.loss).toBeCloseTo(step.loss, 4)
      expect(inParts.steps[index]?.gradientNorm).toBeCloseTo(step.gradientNorm, 4)
    }
  })

  it("prefers: margin and accuracy rise", { timeout: 60_000 }, async () => {
    const objective = { kind: "dpo", beta: 0.2 } as const
    const changes = { learningRate: 5e-3, maxSteps: 60 }
    const { steps } = await trained({ request: request("prefers", objective, changes), examples: preferences })
    expect(steps[0]?.loss).toBeCloseTo(Math.log(2), 4)
    expect(steps[0]?.margin).toBeCloseTo(0, 4)
    expect(mean(steps.slice(last).map(({ margin = 0 }) => margin))).toBeGreaterThan(0.5)
    expect(mean(steps.slice(last).map(({ preferenceAccuracy = 0 }) => preferenceAccuracy))).toBeGreaterThan(0.7)
  })

  it("reinforces: what earned more becomes likelier, near the reference", { timeout: 60_000 }, async () => {
    const objective = { kind: "grpo", clipRatio: 0.2, klCoefficient: 0.01 } as const
    const changes = { learningRate: 2e-3, maxSteps: 12, batchSize: 4 * groups.length }
    const { steps } = await trained({ request: request("reinforces", objective, changes), examples: groups })
    expect(steps[0]?.kl).toBeCloseTo(0, 4)
    expect(steps.at(-1)?.loss).toBeLessThan((steps[0]?.loss ?? 0) - 0.03)
    expect(steps.at(-1)?.kl).toBeGreaterThan(1e-3)
    for (const { reward } of steps) expect(reward).toBeCloseTo(0.25)
  })

  it.each([
    { name: "fewer rollouts in a pass than in a group", batchSize: 4, passes: 128, division: [1, 64] },
    { name: "several groups in a pass", batchSize: 32, passes: 2, division: [4, 2] },
    { name: "an update smaller than a group", batchSize: 2, passes: 1, division: [1, 1] }
  ])("keeps groups whole and an update as large as requested: $name", ({ batchSize, division, passes }) => {
    const objective = { kind: "grpo", clipRatio: 0.2, klCoefficient: 0.01 } as const
    const asked = request("divided", objective, { batchSize, gradientAccumulation: passes })
    expect(divisionOf(asked, 8)).toEqual({ batchSize: division[0], accumulation: division[1] })
    expect(divisionOf({ ...asked, objective: { kind: "sft" } }, 1)).toEqual({ batchSize, accumulation: passes })
  })

  it("trains an adapter alone, and merges it", { timeout: 60_000 }, async () => {
    const lora = { rank: 4, alpha: 8, targets: ["q_proj", "v_proj", "up_proj"] }
    const data = imitation("adapts", { lora })
    const { end, steps } = await trained(data)
    expect((await openTraining(data, executor)).overview.parameters).toEqual({ total: 59_760, trainable: 2_496 })
    expect(mean(steps.slice(last).map(({ loss }) => loss))).toBeLessThan(steps[0]?.loss ?? 0)
    const config = openModel(base).config
    expect(readAdapter(end.adapter?.folder ?? "", config).lora).toEqual(lora)
    const [before, after] = [openModel(base), openModel(end.policy.folder)]
    expect(after.weight("model.embed_tokens.weight")).toEqual(before.weight("model.embed_tokens.weight"))
    expect(after.weight("model.layers.0.self_attn.q_proj.weight")).not.toEqual(
      before.weight("model.layers.0.self_attn.q_proj.weight")
    )
  })

  it("does not go on from what was changed", { timeout: 60_000 }, async () => {
    const training = await openTraining(imitation("tampered", { maxSteps: 4, checkpointEvery: 2 }), executor)
    const { end } = await training.leg(() => undefined)
    if (end.kind !== "checkpoint") throw new Error("the training was over after one leg")
    const { checkpoint } = end
    appendFileSync(join(checkpoint.folder, "state.safetensors"), "x")
    await expect(training.restore(checkpoint)).rejects.toThrow(`the checkpoint ${checkpoint.folder} was changed`)
    rmSync(checkpoint.folder, { recursive: true })
    await expect(training.restore(checkpoint)).rejects.toThrow(`the checkpoint ${checkpoint.folder} is gone`)
    const { examples, request } = imitation("other-base")
    const other = { ...request, base: { folder: base, sha256: "0123" } }
    await expect(openTraining({ request: other, examples }, executor)).rejects.toThrow(
      `the policy in ${base} has changed`
    )
  })

  it("says why nothing can be learnt, and when the numbers run away", { timeout: 60_000 }, async () => {
    await expect(openTraining(imitation("cut", { cutoffLength: 4 }), executor)).rejects.toThrow("raise cutoffLength")
    const hot = await openTraining(imitation("hot", { learningRate: 1e30, warmupRatio: 0, clipNorm: 1e30 }), executor)
    await expect(toTheEnd(hot)).rejects.toThrow("train with a lower learning rate")
  })
})

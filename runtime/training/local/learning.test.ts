import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openEngine } from "../../models/onnx/engine.ts"
import type { GenerationEngine } from "../../models/onnx/generationEngine.ts"
import { halfTrained, imitate, prefer, reinforce } from "./testing/learningCurves.ts"
import { mean } from "./testing/logRatios.ts"
import { demonstrations } from "./testing/manyQuestions.ts"
import { writeSmallPolicy } from "./testing/smallTask.ts"

const folder = mkdtempSync(join(tmpdir(), "smartsearch-learning-"))
const base = join(folder, "base")
const seed = 1

/** Milliseconds for a stage of learning on a machine that does much else. */
const patience = 180_000

const withEngine = <A, E>(use: (engine: GenerationEngine) => Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(openEngine(base), use)))

const imitation = async () => {
  await writeSmallPolicy(base, seed, demonstrations)
  return withEngine((engine) => imitate({ engine, seed, folder: join(folder, "sft"), from: base, rounds: 8 }))
}

let imitated: Awaited<ReturnType<typeof imitation>>

beforeAll(async () => {
  imitated = await imitation()
}, patience)
afterAll(() => rmSync(folder, { recursive: true }))

/** The first and the last of what was measured. */
const ends = <A>(measured: ReadonlyArray<A>): readonly [A, A] => {
  const [first, last] = [measured[0], measured.at(-1)]
  if (first === undefined || last === undefined) throw new Error("nothing was measured")
  return [first, last]
}

/** A policy of the small task answers combinations that it never learnt from; the margins hold for the seeds 1 to 5. */
describe("what an objective teaches", () => {
  it("SFT: to answer questions, those held out too", () => {
    const losses = imitated.reports.map(({ loss }) => loss)
    expect(mean(losses.slice(0, 10))).toBeGreaterThan(4)
    expect(mean(losses.slice(-10))).toBeLessThan(0.3)
    const [first, last] = ends(imitated.measured)
    expect(first).toMatchObject({ trainAccuracy: 0, heldOutAccuracy: 0 })
    expect(last.trainAccuracy).toBeGreaterThan(0.6)
    expect(last.heldOutAccuracy).toBeGreaterThan(0.6)
  })

  it("DPO: to prefer right queries to its own wrong ones, held-out ones too", { timeout: patience }, async () => {
    const from = halfTrained(imitated.measured)
    const stage = { seed, folder: join(folder, "dpo"), from, rounds: 4 }
    const { measured, pairs } = await withEngine((engine) => prefer({ ...stage, engine }))
    expect(pairs.heldOut).toBeGreaterThan(90)
    const [first, last] = ends(measured)
    expect(first).toMatchObject({ trainMargin: 0, heldOutMargin: 0, trainPreference: 0.5, heldOutPreference: 0.5 })
    expect(last.trainMargin).toBeGreaterThan(0.4)
    expect(last.trainPreference).toBeGreaterThan(0.7)
    expect(last.heldOutMargin).toBeGreaterThan(0.3)
    expect(last.heldOutPreference).toBeGreaterThan(0.62)
  })

  it("GRPO: to earn more, on held-out questions too, near to where it began", { timeout: patience }, async () => {
    const from = halfTrained(imitated.measured)
    const stage = { seed, folder: join(folder, "grpo"), from, rounds: 4 }
    const { measured } = await withEngine((engine) => reinforce({ ...stage, engine }))
    const [first, last] = ends(measured)
    expect(first.kl).toBe(0)
    expect(last.trainReward).toBeGreaterThan(first.trainReward + 0.1)
    expect(last.heldOutReward).toBeGreaterThan(first.heldOutReward + 0.06)
    expect(last.heldOutAccuracy).toBeGreaterThan(first.heldOutAccuracy - 0.03)
    expect(last.kl).toBeGreaterThan(0.01)
    expect(Math.max(...measured.map(({ kl }) => kl))).toBeLessThan(0.15)
  })
})

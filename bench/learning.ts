import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { openEngine } from "../runtime/models/onnx/engine.ts"
import { describeExecutor } from "../runtime/tensors/executors.ts"
import { halfTrained, imitate, prefer, reinforce } from "../runtime/training/local/testing/learningCurves.ts"
import { demonstrations, heldOutQuestions, trainQuestions } from "../runtime/training/local/testing/manyQuestions.ts"
import { writeSmallPolicy } from "../runtime/training/local/testing/smallTask.ts"
import { imitationColumn, preferenceColumn, reinforcementColumn } from "./learning/columns.ts"
import { picture } from "./learning/picture.ts"
import { inTemporaryFolder, machine, root, table } from "./support.ts"

/**
 * What each objective teaches an untrained policy of 57,000 weights: to search for what a question asks about, measured on
 * combinations that no training data has. SFT imitates demonstrations from the beginning. From its first policy that answers two
 * thirds of the questions rightly, DPO prefers right queries to wrong ones that this policy wrote itself, and GRPO learns in
 * rounds from what its own answers earn. The same seed gives the same figures and the same picture.
 *
 *     node bench/learning.ts [--seed 1] [--picture docs/pictures/learning.svg]
 *
 * Accuracy: part of the questions whose query is exactly right, written greedily. Margins: DPO's, in nats, times β; pairs without
 * one count half as preferred. Rewards: 1 for the right query, 0.1 for any query, mean of what is drawn at temperature 1. KL: from
 * the policy that GRPO starts from, in nats a token.
 */

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    picture: { type: "string", default: join(root, "docs/pictures/learning.svg") }
  }
})
const seed = Number(options.seed)

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`
const digits = (value: number): string => value.toFixed(3)

/** A table of what was measured, with the time that the stage took. */
const print = (title: string, head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>, since: number) =>
  console.log(`\n${title} (${((performance.now() - since) / 1000).toFixed(0)} s)\n${table(head, rows)}`)

const learn = Effect.fnUntraced(function* (folder: string) {
  const base = join(folder, "base")
  yield* Effect.promise(() => writeSmallPolicy(base, seed, demonstrations))
  const engine = yield* openEngine(base)

  let began = performance.now()
  const imitation = yield* imitate({ engine, seed, folder: join(folder, "sft"), from: base, rounds: 12 })
  const lossAt = (step: number) => imitation.reports[Math.max(0, step - 1)]?.loss ?? Number.NaN
  print(
    `SFT: ${demonstrations.length} demonstrations`,
    ["step", "loss", "accuracy", "held-out"],
    imitation.measured.map(({ heldOutAccuracy, steps, trainAccuracy }) => [
      String(steps),
      digits(lossAt(steps)),
      percent(trainAccuracy),
      percent(heldOutAccuracy)
    ]),
    began
  )

  const half = halfTrained(imitation.measured)
  began = performance.now()
  const preference = yield* prefer({ engine, seed, folder: join(folder, "dpo"), from: half, rounds: 8 })
  print(
    `DPO: ${preference.pairs.train} pairs, ${preference.pairs.heldOut} held out`,
    ["step", "margin", "held-out", "preferred", "held-out", "held-out accuracy"],
    preference.measured.map((row) => [
      String(row.steps),
      digits(row.trainMargin),
      digits(row.heldOutMargin),
      percent(row.trainPreference),
      percent(row.heldOutPreference),
      percent(row.heldOutAccuracy)
    ]),
    began
  )

  began = performance.now()
  const reinforcement = yield* reinforce({ engine, seed, folder: join(folder, "grpo"), from: half, rounds: 12 })
  print(
    "GRPO: rollouts of the policy of each round",
    ["round", "step", "reward", "held-out", "KL", "held-out accuracy"],
    reinforcement.measured.map((row, round) => [
      String(round),
      String(row.steps),
      digits(row.trainReward),
      digits(row.heldOutReward),
      digits(row.kl),
      percent(row.heldOutAccuracy)
    ]),
    began
  )

  return [imitationColumn(imitation), preferenceColumn(preference), reinforcementColumn(reinforcement)]
})

const [executor] = await describeExecutor()
console.log(`${machine()}\n${executor}; seed ${seed}`)
console.log(`${trainQuestions.length} questions to learn from, ${heldOutQuestions.length} held out`)
const columns = await inTemporaryFolder((folder) => Effect.runPromise(Effect.scoped(learn(folder))))
mkdirSync(dirname(options.picture), { recursive: true })
writeFileSync(options.picture, picture("What each objective teaches", columns))
console.log(`\n${options.picture}`)
process.exit(0)

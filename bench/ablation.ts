import { spawn } from "node:child_process"
import { mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { stageBefore, type Variant, variants } from "./ablation/variants.ts"
import { machine, root, table } from "./support.ts"

/**
 * What each part of the method is worth: the full curriculum of the atlas, and at each stage the same without process reward, without
 * refinement, without both, each over several seeds. F1 is that on held-out questions about true facts.
 *
 *     node bench/ablation.ts [--seeds 3] [--config atlas] [--folder .smartsearch/ablation] [--set KEY=VALUE …]
 *
 * Interrupted, it goes on where it stood: the curricula are in a log of their own in the folder. Three quarters of an hour on two cores.
 */

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    config: { type: "string", default: "atlas" },
    folder: { type: "string", default: join(root, ".smartsearch", "ablation") },
    set: { type: "string", multiple: true, default: [] }
  }
})
const seeds = Array.from({ length: Number(options.seeds) }, (_, place) => place + 1)

interface Figures {
  readonly name: string
  readonly f1: number
  readonly em: number
  readonly counterfactualEm: number
}

/** Performs a curriculum, or goes on with it; what its stages reached, by their names. */
const performed = (name: string, args: ReadonlyArray<string>): Promise<ReadonlyMap<string, Figures>> =>
  new Promise((resolve, reject) => {
    const command = ["run", "curriculum", "--json", "--config", options.config, "--run", name, ...args]
    const changes = [...options.set, `output.dir=${join(options.folder, "out")}`].flatMap((set) => ["--set", set])
    const program = [join(root, "runtime/cli/main.ts"), ...command, ...changes]
    const child = spawn(process.execPath, [...program, "--data-dir", join(options.folder, "log")], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let answer = ""
    child.stdout.on("data", (text) => {
      answer += String(text)
    })
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`${name} ended with code ${code}`))
      const { stages }: { stages: ReadonlyArray<Figures> } = JSON.parse(answer.trim().split("\n").at(-1) ?? "")
      resolve(new Map(stages.map((stage) => [stage.name, stage])))
    })
  })

/** The policy that a stage of a curriculum ended with: that of its last round. */
const policyOf = (run: string, stage: string): string => {
  const folder = join(options.folder, "out", run)
  const rounds = readdirSync(folder)
    .filter((name) => name === stage || name.startsWith(`${stage}-`))
    .sort((left, right) => Number(left.split("-")[1] ?? 0) - Number(right.split("-")[1] ?? 0))
  return join(folder, rounds.at(-1) ?? stage, "training", "policy")
}

const runOf = ({ name }: Variant, seed: number): string => `ablation-${name}-${seed}`

const argumentsOf = (variant: Variant, seed: number): ReadonlyArray<string> => {
  const before = stageBefore[variant.stage]
  if (variant.name === "full") return ["--seed", String(seed)]
  const policy =
    before === undefined ? [] : ["--set", `models.policy.folder=${policyOf(`ablation-full-${seed}`, before)}`]
  const left = variant.without.flatMap((part) => ["--without", part])
  const changes = (variant.set ?? []).flatMap((change) => ["--set", change])
  return ["--seed", String(seed), "--stages", variant.stage, ...policy, ...left, ...changes]
}

mkdirSync(options.folder, { recursive: true })
const results = new Map<string, ReadonlyMap<string, Figures>>()
for (const seed of seeds) {
  for (const variant of variants) {
    const run = runOf(variant, seed)
    if (!results.has(run)) results.set(run, await performed(run, argumentsOf(variant, seed)))
  }
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length
const deviation = (values: ReadonlyArray<number>): number =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / Math.max(1, values.length - 1))
const percent = (values: ReadonlyArray<number>): string =>
  `${(100 * mean(values)).toFixed(1)} ± ${(100 * deviation(values)).toFixed(1)}`

const figuresOf = (variant: Variant, figure: (figures: Figures) => number): ReadonlyArray<number> =>
  seeds.flatMap((seed) => {
    const found = results.get(runOf(variant, seed))?.get(variant.stage)
    return found === undefined ? [] : [figure(found)]
  })

const rows = variants.map((variant) => {
  const [full] = variants.filter(({ name, stage }) => name === "full" && stage === variant.stage)
  const f1 = figuresOf(variant, (figures) => figures.f1)
  const behind = full === undefined ? 0 : mean(figuresOf(full, (figures) => figures.f1)) - mean(f1)
  return [
    `${variant.stage.toUpperCase()} ${variant.title}`,
    percent(f1),
    variant.name === "full" ? "" : (-100 * behind).toFixed(1),
    percent(figuresOf(variant, ({ em }) => em)),
    percent(figuresOf(variant, ({ counterfactualEm }) => counterfactualEm)),
    variant.paper.toFixed(1)
  ]
})

process.stdout.write(`${machine()}; ${seeds.length} seeds, mean ± standard deviation\n\n`)
process.stdout.write(
  `${table(["stage and variant", "F1", "to the full method", "EM", "EM, counterfactual", "F1 in the paper"], rows)}\n`
)

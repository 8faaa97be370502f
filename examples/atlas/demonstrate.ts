import { closeSync, mkdirSync, openSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { parseArgs } from "node:util"
import { shuffled } from "../../actors/trainer/batching/random.ts"
import { demonstrate } from "./agent/demonstrate.ts"
import { clumsyAgent } from "./agent/habits.ts"
import { libraryOf } from "./agent/library.ts"
import { questionsOf, questionTypes, unseenTypes } from "./world/questions.ts"
import { shuffledWorld, trueWorld } from "./world/world.ts"

/**
 * Writes what the base policy is pre-trained on: a clumsy agent's trajectories in worlds whose facts are redrawn, so that reading
 * is of use and remembering is not. No world is the true one or the counterfactual one. The same seed gives the same bytes.
 *
 *     node examples/atlas/demonstrate.ts --out demonstrations.jsonl [--worlds 36] [--seed 1]
 */

const { values: options } = parseArgs({
  options: {
    out: { type: "string", default: "demonstrations.jsonl" },
    worlds: { type: "string", default: "36" },
    seed: { type: "string", default: "1" }
  }
})

/** Questions of each kind that are played in a world. */
const questionsOfType = 10

/** As many passages as the runs of the atlas retrieve. */
const topK = 3

/** A row of our own format of demonstrations: what counts for the loss are the spans that the agent wrote. */
function* rowsOf(worldSeed: number): Iterable<string> {
  const world = shuffledWorld(trueWorld(), worldSeed)
  const library = libraryOf(world, topK)
  for (const [place, type] of questionTypes.entries()) {
    if (unseenTypes.has(type.name)) continue
    for (const question of shuffled(questionsOf(world, type), worldSeed, place).slice(0, questionsOfType)) {
      const { text, written } = demonstrate(question, library, worldSeed, clumsyAgent)
      const loss = written.map(({ start, end }) => [start, end])
      yield `${JSON.stringify({ id: `${worldSeed}/${question.id}`, system: "", user: question.question, text, loss })}\n`
    }
  }
}

/** Worlds have the seeds from `seed · 1000 + 1` on: so those of two seeds are apart, and all are far from the counterfactual one's. */
const isSmall = (text: string): boolean => /^\d{1,3}$/.test(text)

if (isSmall(options.worlds) && isSmall(options.seed)) {
  mkdirSync(dirname(options.out), { recursive: true })
  const file = openSync(options.out, "w")
  let rows = 0
  for (let world = 1; world <= Number(options.worlds); world++) {
    for (const row of rowsOf(Number(options.seed) * 1000 + world)) {
      writeSync(file, row)
      rows++
    }
    process.stderr.write(`world ${world} of ${options.worlds}: ${rows} demonstrations\n`)
  }
  closeSync(file)
  process.stdout.write(`${options.out}: ${rows} demonstrations\n`)
} else {
  process.stderr.write("--worlds and --seed: expected whole numbers of up to three digits\n")
  process.exitCode = 2
}

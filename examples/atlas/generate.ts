import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { atlasOf, defaultSeed, filesOf } from "./dataset/atlas.ts"
import type { Edition } from "./dataset/edition.ts"

/**
 * Writes the files of the atlas; the same seed gives the same bytes.
 *
 *     node examples/atlas/generate.ts [--seed 7] [--out examples/atlas]
 */

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: String(defaultSeed) },
    out: { type: "string", default: import.meta.dirname }
  }
})

const summaryOf = (name: string, { asked, leftOut, questions }: Edition): string =>
  `${name}: ${questions.flat().length} of ${asked} questions; left out: ${Object.entries(leftOut)
    .map(([why, count]) => `${count} ${why}`)
    .join(", ")}\n`

if (/^\d{1,9}$/.test(options.seed)) {
  const atlas = atlasOf(Number(options.seed))
  for (const [path, text] of filesOf(atlas)) {
    const file = join(options.out, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    process.stdout.write(`${file}: ${text.split("\n").length - 1} rows\n`)
  }
  process.stdout.write(summaryOf("true world", atlas.world) + summaryOf("counterfactual world", atlas.counterfactual))
} else {
  process.stderr.write(`--seed is "${options.seed}": expected a whole number of up to nine digits\n`)
  process.exitCode = 2
}

import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { Effect, Layer } from "effect"
import { renderStagePlot } from "../../projections/curriculum/report/stagePlot.ts"
import { renderStageTable } from "../../projections/curriculum/stageTable.ts"
import { Broker } from "../../runtime/event-log/broker.ts"
import { EventLog } from "../../runtime/event-log/eventLog.ts"
import { evaluateStages } from "../../runtime/system/curriculum/evaluateStages.ts"
import { recordedCurricula } from "../../runtime/system/curriculum/reportCurriculum.ts"
import { root } from "../support.ts"
import { findChromium, photograph, sizeOf } from "./photograph.ts"

/**
 * What a policy reaches after each stage of a curriculum that lies in a log: the stage table, and the same as a picture, in SVG and
 * photographed by Chromium in PNG. The same log gives the same SVG.
 *
 *     node bench/curriculum/picture.ts [--run NAME] [--data-dir .smartsearch/log] [--out docs/pictures/curriculum]
 *
 * Without a name it is the newest curriculum. The PNG is left out where there is no Chromium; CHROMIUM names one elsewhere.
 */

const { values: options } = parseArgs({
  options: {
    run: { type: "string" },
    "data-dir": { type: "string", default: join(root, ".smartsearch/log") },
    out: { type: "string", default: join(root, "docs/pictures/curriculum") }
  }
})

/** Ends the tool with a line that says what is wrong. */
const refuse: (line: string) => never = (line) => {
  console.error(line)
  process.exit(1)
}

/** The stages of the curriculum, and the names of all that there are where that one is missing. */
const stagesOf = (dataDir: string, name: string | undefined) =>
  Effect.gen(function* () {
    const curricula = yield* recordedCurricula
    const record = name === undefined ? [...curricula.values()].at(-1) : curricula.get(name)
    const known = [...curricula.keys()]
    return record === undefined ? { known } : { known, stages: yield* evaluateStages(record.started.steps) }
  }).pipe(
    Effect.provide(EventLog.layer.pipe(Layer.provideMerge(Broker.layer({ kind: "embedded", dataDir })))),
    Effect.scoped
  )

const dataDir = options["data-dir"]
if (!existsSync(dataDir)) refuse(`${dataDir}: no such log (--data-dir DIR)`)
const { known, stages } = await Effect.runPromise(stagesOf(dataDir, options.run))
if (stages === undefined) {
  const missing = options.run === undefined ? "no curriculum" : `no curriculum "${options.run}"`
  refuse(`${dataDir}: ${missing} in this log; there are ${known.join(", ") || "none"} (--run NAME)`)
}
if (stages.length === 0) refuse("the curriculum has no evaluation yet: there is nothing to draw")
console.log(`${renderStageTable(stages)}\n`)

const [svg, png] = [`${options.out}.svg`, `${options.out}.png`]
const picture = `${renderStagePlot(stages)}\n`
mkdirSync(dirname(svg), { recursive: true })
writeFileSync(svg, picture)
console.log(svg)

const browser = findChromium(process.env)
if (browser === undefined)
  console.log("No PNG: there is no Chromium here (apt-get install chromium, or CHROMIUM=PATH).")
else {
  photograph(browser, svg, sizeOf(picture), png)
  console.log(png)
}
process.exit(0)

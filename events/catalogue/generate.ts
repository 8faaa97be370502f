import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { families } from "../registry.ts"
import { asyncApiDocument } from "./asyncapi.ts"
import { eventsPage } from "./page.ts"

/** Writes the catalogue of events, or says with `--check` which file of it is out of date. */

const folder = new URL("../../docs/", import.meta.url)

/** The files of the catalogue with their contents. */
const catalogue = (): ReadonlyMap<string, string> =>
  new Map([
    ["events.md", eventsPage(families)],
    ["asyncapi.json", `${JSON.stringify(asyncApiDocument(Object.values(families).flat()), null, 2)}\n`]
  ])

const pathOf = (name: string): string => fileURLToPath(new URL(name, folder))

const onDisk = (name: string): string | undefined => {
  try {
    return readFileSync(pathOf(name), "utf8")
  } catch {
    return undefined
  }
}

/** The files that do not say what the vocabulary says. */
export const outdated = (): ReadonlyArray<string> =>
  Array.from(catalogue())
    .filter(([name, contents]) => onDisk(name) !== contents)
    .map(([name]) => `docs/${name}`)

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    for (const file of outdated()) {
      process.stderr.write(`${file} is out of date: run \`node events/catalogue/generate.ts\`\n`)
      process.exitCode = 1
    }
  } else {
    for (const [name, contents] of catalogue()) writeFileSync(pathOf(name), contents)
  }
}

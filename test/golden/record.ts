import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { Effect } from "effect"
import { codec } from "../../events/codec.ts"
import { registry } from "../../events/registry.ts"
import { foldAll } from "./expected.ts"
import { story } from "./story.ts"
import { eventsOf, fileOf, goldenLogs, typesIn } from "./versions.ts"

/**
 * Adds to the golden logs what they lack; nothing that is there is ever changed.
 *
 * - Some event type is not in them in its current version: the story, told by today's actors, becomes the next golden log.
 * - Some projection has no expected rows in its current version: its rows are added, log by log.
 */

const logs = goldenLogs()
const recorded = new Set(logs.flatMap(typesIn))
const missing = Object.values(registry).filter(({ type, version }) => !recorded.has(`${type}:${version}`))

if (missing.length > 0) {
  const next = (logs.at(-1)?.number ?? 0) + 1
  const events = await Effect.runPromise(story)
  mkdirSync(new URL(".", fileOf(next, "events.ndjson")), { recursive: true })
  writeFileSync(fileOf(next, "events.ndjson"), events.map((event) => `${codec.encode(event)}\n`).join(""), {
    flag: "wx"
  })
  writeFileSync(fileOf(next, "expected.json"), "{}", { flag: "wx" })
  process.stdout.write(`v${next}: ${events.length} events, for ${missing.map(({ type }) => type).join(", ")}\n`)
}

for (const log of goldenLogs()) {
  const file = fileOf(log.number, "expected.json")
  const known: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(file, "utf8"))
  const today = foldAll(eventsOf(log))
  const added = Object.keys(today).filter((projection) => !Object.hasOwn(known, projection))
  if (added.length === 0) continue
  writeFileSync(file, `${JSON.stringify({ ...today, ...known }, null, 2)}\n`)
  process.stdout.write(`v${log.number}: expected rows of ${added.join(", ")}\n`)
}

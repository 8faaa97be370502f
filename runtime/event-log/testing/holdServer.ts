import { Effect } from "effect"
import { acquireServer } from "../embeddedServer.ts"

/** Acquires the server of the folder that is named, tells where it is, and holds it until this process is ended. */
const hold = Effect.gen(function* () {
  const [dataDir = "", path] = process.argv.slice(2)
  const environment = path === undefined ? process.env : { ...process.env, PATH: path }
  const { url, started } = yield* acquireServer({ kind: "embedded", dataDir }, environment)
  process.stdout.write(`${JSON.stringify({ url, started })}\n`)
  return yield* Effect.never
})

Effect.runFork(Effect.scoped(hold))

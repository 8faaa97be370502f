import { Effect } from "effect"
import { logOver } from "../../event-log/testing/servers.ts"
import { host, scoreActor } from "./hosting.ts"

/** Hosts the actor `shared` over the server that is named; prints the round of each message it takes and never ends one. */
const [url = ""] = process.argv.slice(2)
const actor = scoreActor("shared", (event) => {
  process.stdout.write(`${event.data.round}\n`)
  return Effect.never
})
const hosting = Effect.andThen(host(actor, { concurrency: 5 }, "all"), Effect.never)
Effect.runFork(Effect.scoped(Effect.provide(hosting, logOver({ kind: "external", url }))))

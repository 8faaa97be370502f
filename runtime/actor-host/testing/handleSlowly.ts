import { Effect } from "effect"
import { logOver } from "../../event-log/testing/servers.ts"
import { host, scoreActor } from "./hosting.ts"

/**
 * Hosts the actor `shared` over the server or the data folder that is named; prints the round of each message it takes and
 * never ends one.
 */
const [place = "", ackWait = ""] = process.argv.slice(2)
const actor = scoreActor("shared", (event) => {
  process.stdout.write(`${event.data.round}\n`)
  return Effect.never
})
const broker = place.startsWith("/")
  ? ({ kind: "embedded", dataDir: place } as const)
  : ({ kind: "external", url: place } as const)
const hosting = Effect.andThen(host(actor, { concurrency: 5, ackWait: Number(ackWait) }, "all"), Effect.never)
Effect.runFork(Effect.scoped(Effect.provide(hosting, logOver(broker))))

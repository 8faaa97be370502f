import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { type ActorStanding, actorStandings } from "../../actor-host/lag.ts"
import { addActor, awaitBackfill, retireActor } from "../../system/addActor.ts"
import { builtInManagers, builtInNames } from "../../system/builtInActors.ts"
import { type Registration, readRegistrations } from "../../system/registrations.ts"
import { root, withLog } from "../root.ts"
import { print, printJson, showProgress } from "../terminal.ts"

interface Listed extends ActorStanding {
  readonly registration: Registration | undefined
}

const absent = (actor: string): ActorStanding => ({
  actor,
  hosted: false,
  lag: 0,
  inFlight: 0,
  redelivered: 0,
  parked: 0
})

/** Process managers read the whole log by themselves and have no consumer to tell of. */
const managers: ReadonlyArray<string> = builtInManagers.map(({ name }) => name)

const listed = Effect.gen(function* () {
  const registrations = yield* readRegistrations
  const standings = yield* actorStandings
  const names = new Set([...builtInNames, ...registrations.keys(), ...standings.map(({ actor }) => actor)])
  return [...names]
    .filter((name) => !managers.includes(name))
    .map((name): Listed => {
      const standing = standings.find(({ actor }) => actor === name) ?? absent(name)
      return { ...standing, registration: registrations.get(name) }
    })
})

const row = ({ actor, hosted, lag, inFlight, parked, registration }: Listed): string => {
  const numbers = [lag, inFlight, parked].map((number) => String(number).padStart(10)).join("")
  const origin =
    registration === undefined ? "built in" : `${registration.module.path} (backfill ${registration.backfill})`
  return `${actor.padEnd(20)}${(hosted ? "running" : "–").padEnd(9)}${numbers}  ${origin}`
}

const list = Command.make(
  "list",
  {},
  Effect.fn("actors.list")(function* () {
    const { json } = yield* root
    const actors = yield* withLog()(listed)
    if (json) return yield* printJson(actors)
    yield* print(
      `${"actor".padEnd(20)}${"state".padEnd(9)}${["lag", "in flight", "parked"].map((name) => name.padStart(10)).join("")}  from`
    )
    for (const actor of actors) yield* print(row(actor))
  })
).pipe(Command.withDescription("List the actors with their lag, over all processes"))

const add = Command.make(
  "add",
  {
    file: Argument.File("file", { mustExist: true }).pipe(
      Argument.withDescription("A module that exports `scorer`: { name, version, score }")
    ),
    backfill: Flag.Literals("backfill", ["all", "none"]).pipe(
      Flag.withDescription("`all`: score old queries too, from the beginning of the log"),
      Flag.withDefault("none")
    )
  },
  Effect.fn("actors.add")(function* ({ file, backfill }) {
    const { json } = yield* root
    const name = yield* withLog()(
      Effect.gen(function* () {
        const loaded = yield* addActor(file, backfill)
        const { name } = loaded.actor
        if (backfill === "none") return name
        let total = 0
        let standing = absent(name)
        yield* showProgress(`backfill ${name}`, () => {
          return { done: total - standing.lag - standing.inFlight, total, detail: "queries" }
        })
        yield* awaitBackfill(loaded, (current) => {
          standing = current
          total = Math.max(total, current.lag + current.inFlight)
        })
        return name
      }).pipe(Effect.scoped)
    )
    if (json) return yield* printJson({ actor: name, backfill })
    yield* print(`${name} is registered${backfill === "all" ? " and has scored every query in the log" : ""}.`)
    yield* print(
      `Use it in a dataset: smartsearch datasets build sft --set combine="novelty and usefulness and ${name}"`
    )
  })
).pipe(Command.withDescription("Add a scorer to the running system, and let it score old queries too"))

const retire = Command.make(
  "retire",
  {
    name: Argument.String("name").pipe(Argument.withDescription("Name of a scorer that was added")),
    reason: Flag.String("reason").pipe(Flag.withDescription("Why, for the log"), Flag.optional)
  },
  Effect.fn("actors.retire")(function* ({ name, reason }) {
    const { json } = yield* root
    yield* withLog()(
      retireActor(
        name,
        Option.getOrElse(reason, () => "")
      )
    )
    yield* json ? printJson({ retired: name }) : print(`${name} is retired; its scores stay in the log.`)
  })
).pipe(Command.withDescription("Retire a scorer that was added"))

export const actors = Command.make("actors").pipe(
  Command.withDescription("The actors of the system: list, add, retire"),
  Command.withSubcommands([list, add, retire])
)

import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import {
  type DeadLetter,
  dropDeadLetter,
  listDeadLetters,
  replayDeadLetter,
  showDeadLetter
} from "../../actor-host/deadLetters.ts"
import { root, withLog } from "../root.ts"
import { note, print, printJson } from "../terminal.ts"

const line = (letter: DeadLetter): string =>
  `${String(letter.id).padStart(4)}  ${letter.parkedAt.toISOString()}  ${letter.actor}  ${letter.eventType} at ${letter.sequence}, ${letter.attempts} attempts  ${letter.error}`

const withoutBody = ({ body: _, ...letter }: DeadLetter) => letter

const actorFlag = Flag.String("actor").pipe(Flag.withDescription("Only the dead letters of this actor"), Flag.optional)

const list = Command.make(
  "list",
  { actor: actorFlag },
  Effect.fn("dlq.list")(function* ({ actor }) {
    const { json } = yield* root
    const all = yield* withLog()(listDeadLetters)
    const letters = all.filter((letter) => Option.isNone(actor) || letter.actor === actor.value)
    if (json) return yield* printJson(letters.map(withoutBody))
    if (letters.length === 0) return yield* print("No dead letters.")
    for (const letter of letters) yield* print(line(letter))
  })
).pipe(Command.withDescription("List the messages that actors could not handle, oldest first"))

const id = Argument.Int("id").pipe(Argument.withDescription("Number of the dead letter, as `dlq list` shows it"))

const show = Command.make(
  "show",
  { id },
  Effect.fn("dlq.show")(function* ({ id }) {
    const { json } = yield* root
    const letter = yield* withLog()(showDeadLetter(id))
    if (json) return yield* printJson(letter)
    yield* print(line(letter))
    yield* print(prettyBody(letter.body))
  })
).pipe(Command.withDescription("Show one dead letter with the event that could not be handled"))

/** Indented when it is JSON; as it is when that is what is wrong with it. */
const prettyBody = (body: string): string => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

const ids = Argument.Int("id").pipe(
  Argument.withDescription("Numbers of dead letters; with --all, every one there is"),
  Argument.variadic()
)
const all = Flag.Boolean("all").pipe(Flag.withDescription("Every dead letter"), Flag.withDefault(false))

const chosen = Effect.fnUntraced(function* (
  given: ReadonlyArray<number>,
  every: boolean,
  actor: Option.Option<string>
) {
  if (!every && Option.isNone(actor)) return given
  const letters = yield* listDeadLetters
  return letters.filter((letter) => Option.isNone(actor) || letter.actor === actor.value).map((letter) => letter.id)
})

const replay = Command.make(
  "replay",
  { ids, all, actor: actorFlag },
  Effect.fn("dlq.replay")(function* ({ ids, all, actor }) {
    const { json } = yield* root
    const replayed = yield* withLog()(
      Effect.flatMap(chosen(ids, all, actor), (numbers) => Effect.forEach(numbers, replayDeadLetter))
    )
    if (json) return yield* printJson(replayed.map(withoutBody))
    for (const letter of replayed) yield* print(`${letter.id} goes back to ${letter.actor}`)
    if (replayed.length === 0) yield* note("Nothing to replay: name dead letters by number, or use --all or --actor.")
  })
).pipe(Command.withDescription("Give dead letters back to their actors, once what was wrong is mended"))

const drop = Command.make(
  "drop",
  { ids, all, actor: actorFlag },
  Effect.fn("dlq.drop")(function* ({ ids, all, actor }) {
    const { json } = yield* root
    const dropped = yield* withLog()(
      Effect.flatMap(chosen(ids, all, actor), (numbers) =>
        Effect.forEach(numbers, (number) => Effect.as(dropDeadLetter(number), number))
      )
    )
    if (json) return yield* printJson({ dropped })
    yield* print(
      `Dropped ${dropped.length} dead letter${dropped.length === 1 ? "" : "s"}; the log still tells of them.`
    )
  })
).pipe(Command.withDescription("Remove dead letters for good"))

export const dlq = Command.make("dlq").pipe(
  Command.withDescription("Messages that actors could not handle: list, show, replay, drop"),
  Command.withSubcommands([list, show, replay, drop])
)

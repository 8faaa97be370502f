import { Effect, Option, Queue, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { codec } from "../../../events/codec.ts"
import { type EventType, isEventType, registry } from "../../../events/registry.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { exportLog } from "../../event-log/exportLog.ts"
import { importLog } from "../../event-log/importLog.ts"
import { logStats } from "../../event-log/logStats.ts"
import type { LogMessage } from "../../event-log/reader.ts"
import { verifyLog } from "../../event-log/verifyLog.ts"
import { CommandFailed } from "../commandFailed.ts"
import { root, withLog } from "../root.ts"
import { note, print, printJson, showProgress } from "../terminal.ts"

const from = Flag.Int("from").pipe(Flag.withDescription("First sequence"), Flag.withDefault(1))
const to = Flag.Int("to").pipe(Flag.withDescription("Last sequence (default: the head)"), Flag.optional)

const types = Flag.String("types").pipe(
  Flag.withMetavar("A,B"),
  Flag.withDescription("Only these event types"),
  Flag.mapTryCatch(
    (text): ReadonlyArray<EventType> =>
      text.split(",").map((name) => {
        const type = name.trim()
        if (!isEventType(type)) throw new Error(`"${type}" is no event type: ${Object.keys(registry).join(", ")}`)
        return type
      }),
    (error) => (error instanceof Error ? error.message : String(error))
  ),
  Flag.optional
)

const oneLine = ({ sequence, type, text }: LogMessage): string => {
  const event = codec.decode(text())
  if (Result.isFailure(event)) return `${String(sequence).padStart(7)}  ${type}  unreadable: ${event.failure.message}`
  const { time, subject, runid, source } = event.success
  return `${String(sequence).padStart(7)}  ${time}  ${type.padEnd(20)} ${runid}  ${subject}  ${source}`
}

const tail = Command.make(
  "tail",
  {
    from: Flag.Int("from").pipe(Flag.withDescription("First sequence (default: the last 20)"), Flag.optional),
    types,
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withDescription("Go on with what comes"),
      Flag.withDefault(false)
    )
  },
  Effect.fn("log.tail")(function* ({ from, types, follow }) {
    const { json } = yield* root
    const show = (message: LogMessage) => print(json ? message.text() : oneLine(message))
    const reading = Effect.gen(function* () {
      const log = yield* EventLog
      const start = Option.getOrElse(from, () => 0) || Math.max(1, (yield* log.head) - 19)
      const options = { from: start, ...(Option.isSome(types) ? { types: types.value } : {}) }
      const messages = yield* Queue.unbounded<LogMessage>()
      const offer = (message: LogMessage) => void Queue.offerUnsafe(messages, message)
      if (!follow) {
        yield* log.read(options, offer)
        return yield* Effect.flatMap(Queue.clear(messages), (all) => Effect.forEach(all, show, { discard: true }))
      }
      yield* log.follow(options, offer)
      return yield* Effect.forever(Effect.flatMap(Queue.take(messages), show))
    })
    yield* withLog()(Effect.scoped(reading))
  })
).pipe(Command.withDescription("Show the newest events, or follow the log"))

const exportCommand = Command.make(
  "export",
  { file: Argument.String("file").pipe(Argument.withDescription("File to write, JSON Lines")), from, to },
  Effect.fn("log.export")(function* ({ file, from, to }) {
    const { json } = yield* root
    let done = 0
    const result = yield* withLog()(
      Effect.gen(function* () {
        const log = yield* EventLog
        const total = Math.min(
          Option.getOrElse(to, () => Number.POSITIVE_INFINITY),
          yield* log.head
        )
        yield* showProgress("export", () => ({ done, total, detail: "events" }))
        return yield* exportLog(file, { from, ...(Option.isSome(to) ? { to: to.value } : {}) }, () => done++)
      }).pipe(Effect.scoped)
    )
    yield* json ? printJson(result) : print(`${result.events} events in ${file}, sha256 ${result.sha256}`)
  })
).pipe(Command.withDescription("Write the log to a file, one event a line, exactly as stored"))

const importCommand = Command.make(
  "import",
  { file: Argument.File("file", { mustExist: true }).pipe(Argument.withDescription("A file that `log export` wrote")) },
  Effect.fn("log.import")(function* ({ file }) {
    const { json } = yield* root
    const standing = { done: 0, total: 0 }
    const result = yield* withLog()(
      Effect.gen(function* () {
        yield* showProgress("import", () => ({ ...standing, detail: "events" }))
        return yield* importLog(file, (done, total) => Object.assign(standing, { done, total }))
      }).pipe(Effect.scoped)
    )
    yield* json
      ? printJson(result)
      : print(`${result.events} events read, ${result.stored} stored, ${result.duplicates} were there already`)
  })
).pipe(Command.withDescription("Store the events of an exported log; what is there already is not stored again"))

const verify = Command.make(
  "verify",
  {},
  Effect.fn("log.verify")(function* () {
    const { json } = yield* root
    const report = yield* withLog()(verifyLog)
    if (json) yield* printJson(report)
    else {
      yield* print(
        `${report.events} events, ${report.duplicates} second copies, ${report.unreadable.length} unreadable`
      )
      for (const { sequence, problem } of report.unreadable.slice(0, 20)) yield* note(`  ${sequence}: ${problem}`)
      for (const problem of report.problems.slice(0, 20)) yield* note(`  ${problem}`)
    }
    const count = report.unreadable.length + report.problems.length
    if (count > 0) return yield* new CommandFailed({ detail: `the log has ${count} problem${count === 1 ? "" : "s"}` })
  })
).pipe(
  Command.withDescription(
    "Read every event: is it readable, in order, named by its content, and caused by one before it?"
  )
)

const stats = Command.make(
  "stats",
  {},
  Effect.fn("log.stats")(function* () {
    const { json } = yield* root
    const { types, runs, ...all } = yield* withLog()(logStats)
    if (json) return yield* printJson({ ...all, types, runs })
    if (all.events === 0) return yield* print("The log is empty.")
    yield* print(`${all.events} events, ${(all.bytes / 1_048_576).toFixed(1)} MiB, ${all.firstTime} to ${all.lastTime}`)
    for (const { type, events, bytes } of types) {
      yield* print(
        `  ${type.padEnd(20)} ${String(events).padStart(8)}  ${(bytes / 1024 / Math.max(1, events)).toFixed(1)} KiB each`
      )
    }
    for (const { run, events } of runs) yield* print(`  run ${run.padEnd(16)} ${String(events).padStart(8)}`)
  })
).pipe(Command.withDescription("Events by type and run, with sizes and times"))

export const log = Command.make("log").pipe(
  Command.withDescription("The event log: tail, export, import, verify, stats"),
  Command.withSubcommands([tail, exportCommand, importCommand, verify, stats])
)

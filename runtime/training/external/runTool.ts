import { type ChildProcess, spawn } from "node:child_process"
import { createWriteStream } from "node:fs"
import { constants } from "node:os"
import { join } from "node:path"
import { type Cause, Effect, Queue, Stream } from "effect"
import { TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import type { Environment } from "../../files/programs.ts"
import { diskRefused } from "./failures.ts"
import { lineSplitter } from "./lines.ts"
import { descendantsOf, killAll, signal } from "./processTree.ts"
import { tellingLine } from "./tellingLine.ts"

/** A program to be run to its end. */
export interface ToolRun {
  readonly program: string
  readonly args: ReadonlyArray<string>
  /** Where it runs; its output is appended to `console.log` there. */
  readonly folder: string
  readonly environment: Environment
  /** Told every line of stdout and stderr. */
  readonly onLine: (line: string) => Effect.Effect<void>
}

/** The file with the output of every run in a folder. */
export const consoleLog = "console.log"

/** Lines of output that are searched for the reason of a failure. */
const remembered = 200

/** Milliseconds that the program and all it started have to end before they are killed. */
const grace = 10_000

/**
 * Runs the program in a process group of its own, and ends it with us however we die: our end of the shell's standard input
 * closes then. The shell itself outlives SIGTERM, so that it can tell how the program ended, and says nothing of its own.
 */
const watchingShell = `
trap : TERM
exec 4>&2 2>/dev/null 3<&0
"$@" 2>&4 3<&- 4>&- & tool=$!
{ trap '' TERM; while read -r _; do :; done; kill -TERM 0; sleep ${grace / 1000}; kill -KILL 0; } <&3 >/dev/null 4>&- & watch=$!
while wait $tool; code=$?; kill -0 $tool 2>/dev/null; do :; done
kill -KILL $watch
exit $code`

/**
 * Runs a program to its end. An interruption asks it and all it started to end, and kills what is left after ten seconds.
 *
 * Fails when it can't be started, and when it ends with anything but 0: with the line of its output that says why.
 */
export const runTool = (run: ToolRun): Effect.Effect<void, TrainingError> =>
  Effect.gen(function* () {
    const log = join(run.folder, consoleLog)
    const output = yield* Effect.acquireRelease(openLog(log), (file) =>
      Effect.callback<void>((resume) => void file.end(() => resume(Effect.void)))
    )
    const lines = yield* Queue.unbounded<string, Cause.Done>()
    const last: Array<string> = []
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => start(run)),
      endTree
    )
    const ended = follow(child, {
      line: (line) => {
        last.push(line)
        if (last.length > remembered) last.shift()
        output.write(`${line}\n`)
        Queue.offerUnsafe(lines, line)
      },
      end: () => void Queue.endUnsafe(lines)
    })
    yield* Stream.runForEach(Stream.fromQueue(lines), run.onLine)
    const end = ended()
    if (end === undefined) return
    const reason = tellingLine(last)
    return yield* new TrainingError({
      detail: `${run.program} ${end.how}${reason === undefined ? "" : `: ${reason}`} (all it said: ${log})`,
      retryable: end.retryable
    })
  }).pipe(Effect.scoped)

const openLog = (path: string) =>
  Effect.callback<ReturnType<typeof createWriteStream>, TrainingError>((resume) => {
    const file = createWriteStream(path, { flags: "a" })
    file.once("open", () => resume(Effect.succeed(file)))
    file.once("error", (cause) => resume(Effect.fail(diskRefused(cause))))
  })

const start = ({ program, args, folder, environment }: ToolRun): ChildProcess =>
  spawn("/bin/sh", ["-c", watchingShell, "sh", program, ...args], {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"]
  })

interface Failure {
  readonly how: string
  readonly retryable: boolean
}

/** Tells the child's lines; what it returns says how the child failed, once it has told the end. */
const follow = (child: ChildProcess, told: { readonly line: (line: string) => void; readonly end: () => void }) => {
  let failure: Failure | undefined = { how: "did not end", retryable: true }
  for (const stream of [child.stdout, child.stderr]) {
    const splitter = lineSplitter(told.line)
    stream?.on("data", splitter.push).once("end", splitter.end)
  }
  child.once("error", (error) => {
    failure = { how: `can't be started: ${error.message}`, retryable: false }
    told.end()
  })
  child.once("close", (code, name) => {
    failure = failureOf(code, name)
    told.end()
  })
  return () => failure
}

/** How the program failed; a shell tells the signal that ended its child as 128 and the signal's number. */
const failureOf = (code: number | null, name: NodeJS.Signals | null): Failure | undefined => {
  if (code === 0) return undefined
  const number = (code ?? 0) - 128
  const ended = name ?? Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
  return ended === undefined
    ? { how: `failed with exit code ${code}`, retryable: false }
    : { how: `was ended by ${ended}`, retryable: true }
}

const hasEnded = ({ exitCode, pid, signalCode }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null

/** A plain timer: it has to run while the fiber is being interrupted. */
const after = (millis: number, run: () => void): NodeJS.Timeout => setTimeout(run, millis)

/** Asks the child and all it started to end, kills those that do not, and waits until the child is gone. */
const endTree = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const { pid } = child
    if (hasEnded(child) || pid === undefined) return resume(Effect.void)
    // Once a parent is gone nothing tells any more whose child a process was.
    const tree = descendantsOf(pid)
    const force = after(grace, () => {
      killAll([...tree, ...descendantsOf(pid)])
      signal(-pid, "SIGKILL")
    })
    child.once("exit", () => {
      clearTimeout(force)
      killAll(tree)
      resume(Effect.void)
    })
    signal(-pid, "SIGTERM")
  })

import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Effect, type Scope } from "effect"
import { mortal } from "../../runtime/event-log/testing/mortal.ts"

const main = fileURLToPath(new URL("../../runtime/cli/main.ts", import.meta.url))
const compiled = fileURLToPath(new URL("../../node_modules/.cache/compile", import.meta.url))

/** Milliseconds that a long test may take on a busy machine: ten times what it takes on an idle one. */
export const patience = 240_000

/** What a command said, and how it ended: with an exit code, or by a signal. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** The repository by default. */
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
  /** A command that takes longer is killed and fails the test. */
  readonly seconds?: number
}

/** A command that was started; it is killed with all its children when the scope closes. */
export interface Running {
  readonly pid: number
  readonly stderr: () => string
  /** Waits until stderr has this text; fails the test when the command ends before, or takes too long. */
  readonly until: (text: string | RegExp, seconds?: number) => Effect.Effect<void>
  /** To the process alone. */
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** To the process and all its children at once: nobody can tidy up. */
  readonly killAll: Effect.Effect<void>
  /** Closes our end of its stdout. */
  readonly stopReading: Effect.Effect<void>
  readonly ended: Effect.Effect<Ended>
}

/** Starts `smartsearch` with these arguments in a process group of its own. */
export const startSmartsearch = (
  args: ReadonlyArray<string>,
  { folder, environment = {}, seconds = 120 }: CommandOptions = {}
): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.gen(function* () {
    // What the tester's shell says about a broker must not reach the command.
    const { SMARTSEARCH_NATS_URL: _url, SMARTSEARCH_NATS_TOKEN: _token, ...inherited } = process.env
    const env = { ...inherited, NODE_COMPILE_CACHE: compiled, ...environment }
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(...mortal(process.execPath, [main, ...args]), {
          cwd: folder ?? process.cwd(),
          env,
          detached: true,
          stdio: ["ignore", "pipe", "pipe"]
        })
      ),
      (started) => Effect.andThen(killGroup(started), untilExit(started))
    )
    const output = { stdout: "", stderr: "" }
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        output[name] += chunk
      })
    }
    const shown = () => `smartsearch ${args.join(" ")}\n${output.stdout}${output.stderr}`
    const late = (what: string, after: number) => Effect.die(new Error(`${what} after ${after} s: ${shown()}`))

    const closed = Effect.callback<void>((resume) => {
      if (child.stdout.closed && child.stderr.closed && hasEnded(child)) return resume(Effect.void)
      child.once("close", () => resume(Effect.void))
    })
    const ended = Effect.map(closed, (): Ended => ({ code: child.exitCode, signal: child.signalCode, ...output })).pipe(
      Effect.timeoutOrElse({ duration: seconds * 1000, orElse: () => late("still running", seconds) })
    )

    const until: Running["until"] = (text, limit = 60) =>
      eventually(() => {
        if (typeof text === "string" ? output.stderr.includes(text) : text.test(output.stderr)) return true
        if (hasEnded(child)) throw new Error(`ended before it said ${text}: ${shown()}`)
        return false
      }, limit).pipe(Effect.catchTag("TimeoutError", () => late(`nothing of ${text}`, limit)))

    return {
      pid: child.pid ?? 0,
      stderr: () => output.stderr,
      until,
      signal: (signal) => Effect.sync(() => void child.kill(signal)),
      killAll: killGroup(child),
      stopReading: Effect.sync(() => void child.stdout.destroy()),
      ended
    }
  })

/** Runs `smartsearch` to its end. */
export const smartsearch = (args: ReadonlyArray<string>, options: CommandOptions = {}): Effect.Effect<Ended> =>
  Effect.scoped(Effect.flatMap(startSmartsearch(args, options), ({ ended }) => ended))

/** Looks every 20 ms whether a condition holds. */
export const eventually = (condition: () => boolean, seconds: number) =>
  Effect.suspend(() =>
    condition() ? Effect.void : Effect.andThen(Effect.sleep("20 millis"), Effect.fail("not yet"))
  ).pipe(Effect.eventually, Effect.timeout(seconds * 1000))

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

const killGroup = (child: ChildProcess): Effect.Effect<void> =>
  Effect.sync(() => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, "SIGKILL")
    } catch {
      // The whole group has ended.
    }
  })

const untilExit = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (hasEnded(child)) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
  })

import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Logger, type Scope } from "effect"
import { Broker } from "../broker.ts"
import { BrokerError } from "../errors.ts"
import { EventLog } from "../eventLog.ts"
import type { PublisherOptions } from "../publisher.ts"
import { requireNatsServer } from "../serverProgram.ts"
import type { BrokerSettings } from "../settings.ts"
import { mortal } from "./mortal.ts"

/** A folder that is gone when the scope closes. */
export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "smartsearch-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** The log and its broker. */
export const logOver = (
  settings: BrokerSettings,
  limits: Partial<PublisherOptions> = {}
): Layer.Layer<EventLog | Broker, BrokerError> =>
  EventLog.layerWith(limits).pipe(Layer.provideMerge(Broker.layer(settings)))

/** The log and its broker on an embedded server in a folder of its own. */
export const ownLog: Layer.Layer<EventLog | Broker, BrokerError> = Layer.unwrap(
  Effect.map(temporaryFolder, (dataDir) => logOver({ kind: "embedded", dataDir }))
)

/** Like `ownLog`, for tests in which warnings are expected. */
export const quietLog = Layer.provideMerge(ownLog, Logger.layer([]))

/** A server's configuration; what is not said is as in the server's manual. */
export interface TestConfiguration {
  readonly jetstream?: false | { readonly store_dir?: string; readonly max_file_store?: number }
  readonly [key: string]: unknown
}

/** A server that does what the embedded one does not: other configurations, and to be killed and started again. */
export interface TestServer {
  readonly url: string
  readonly kill: Effect.Effect<void>
  /** Lets it stand still: what is sent to it arrives and is not read. */
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
  /** Starts it again, at the same port and on the same folder. */
  readonly start: Effect.Effect<void, BrokerError>
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

/** Starts a server and waits until it listens; it ends with the scope. JetStream is on unless it is `false`. */
export const testServer = ({
  jetstream,
  ...configuration
}: TestConfiguration = {}): Effect.Effect<TestServer, BrokerError, Scope.Scope> =>
  Effect.gen(function* () {
    const program = yield* requireNatsServer(process.env)
    const folder = yield* temporaryFolder
    let port = -1
    let child: ChildProcess | undefined

    const start = Effect.gen(function* () {
      const storing = jetstream === false ? {} : { jetstream: { store_dir: folder, ...jetstream } }
      const all = { host: "127.0.0.1", port, ...configuration, ...storing, ports_file_dir: folder }
      writeFileSync(join(folder, "server.conf"), JSON.stringify(all))
      const command = mortal(program, ["-c", join(folder, "server.conf")])
      const started = spawn(...command, { stdio: ["ignore", "ignore", "pipe"] })
      child = started
      let output = ""
      started.stderr.on("data", (chunk: Buffer) => {
        output += chunk.toString()
      })
      while (!hasEnded(started)) {
        const file = readdirSync(folder).find((name) => name.endsWith(`_${started.pid}.ports`))
        const bound = file === undefined ? null : /:(\d+)"/.exec(readFileSync(join(folder, file), "utf8"))
        if (bound !== null) {
          port = Number(bound[1])
          return
        }
        yield* Effect.sleep("5 millis")
      }
      return yield* new BrokerError({ reason: "server-failed", detail: output })
    })
    const kill = Effect.callback<void>((resume) => {
      if (child === undefined || hasEnded(child)) return resume(Effect.void)
      child.once("exit", () => resume(Effect.void))
      child.kill("SIGKILL")
    })
    yield* Effect.addFinalizer(() => kill)
    yield* start
    const freeze = Effect.sync(() => void child?.kill("SIGSTOP"))
    const thaw = Effect.sync(() => void child?.kill("SIGCONT"))
    return { url: `nats://127.0.0.1:${port}`, kill, freeze, thaw, start }
  })

/** A Node process that runs a script beside this file; it is killed when the scope closes. */
export interface Script {
  readonly pid: number
  /** The next line that it prints. */
  readonly line: Effect.Effect<string>
  readonly kill: Effect.Effect<void>
}

export const runScript = (
  name: string,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
): Effect.Effect<Script, never, Scope.Scope> =>
  Effect.gen(function* () {
    const path = new URL(name, import.meta.url).pathname
    const child = spawn(...mortal(process.execPath, [path, ...args]), {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...environment }
    })
    let text = ""
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString()
    })
    const line = Effect.gen(function* () {
      while (!text.includes("\n")) {
        if (hasEnded(child)) return yield* Effect.die(new Error(`${name} ended without a line`))
        yield* Effect.sleep("5 millis")
      }
      const end = text.indexOf("\n")
      const first = text.slice(0, end)
      text = text.slice(end + 1)
      return first
    })
    const kill = Effect.callback<void>((resume) => {
      if (hasEnded(child)) return resume(Effect.void)
      child.once("exit", () => resume(Effect.void))
      child.kill("SIGKILL")
    })
    yield* Effect.addFinalizer(() => kill)
    return { pid: child.pid ?? 0, line, kill }
  })

/** Waits until `condition` holds, looking every 10 ms; dies after `seconds`. */
export const eventually = (what: string, condition: () => boolean, seconds = 10): Effect.Effect<void> =>
  Effect.gen(function* () {
    const deadline = performance.now() + seconds * 1000
    while (!condition()) {
      if (performance.now() > deadline) return yield* Effect.die(new Error(`not after ${seconds} s: ${what}`))
      yield* Effect.sleep("10 millis")
    }
  })

import { randomBytes } from "node:crypto"
import { connect as connectSocket } from "node:net"
import { resolve } from "node:path"
import { Effect, Redacted, type Scope } from "effect"
import { makeFolder, refusal } from "../files/folders.ts"
import { BrokerError } from "./errors.ts"
import { makeStartFolder, readServerFile, type StartFolder, serverName, writeServerFile } from "./serverFolder.ts"
import { foundLocked, hasEnded, isAlive, type ServerProcess, startServer, stopServer } from "./serverProcess.ts"
import { requireNatsServer } from "./serverProgram.ts"
import type { EmbeddedBroker } from "./settings.ts"

/** Where the server of a data folder listens, and its token. */
export interface ServerAddress {
  readonly url: string
  readonly token: Redacted.Redacted
  /** Whether this call started it; otherwise it was running. */
  readonly started: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

const failed = (detail: string): BrokerError => new BrokerError({ reason: "server-failed", detail })

/** Who is at the port: the server of that name, somebody else, or nobody. */
const whoAnswers = (port: number, name: string): Effect.Effect<"it" | "another" | "nobody"> =>
  Effect.callback((resume) => {
    const socket = connectSocket({ host: "127.0.0.1", port })
    let greeting = ""
    const end = (answer: "it" | "another" | "nobody") => {
      socket.destroy()
      resume(Effect.succeed(answer))
    }
    socket.setTimeout(1000, () => end("another"))
    socket.on("data", (data) => {
      greeting += data.toString("latin1")
      if (greeting.includes("\n")) end(greeting.includes(`"server_name":"${name}"`) ? "it" : "another")
    })
    socket.once("error", () => end("nobody"))
    socket.once("close", () => end("nobody"))
    return Effect.sync(() => socket.destroy())
  })

/** What the server said last of what is wrong. */
const complaint = (output: string): string =>
  output
    .trim()
    .split("\n")
    .findLast((line) => /\[(ERR|FTL)\]|nats-server:/.test(line))
    ?.replace(/^\[\d+\] \S+ \S+ /, "") ?? output.trim().slice(-300)

/** Starts a server on the folder and waits until it greets; `undefined` when another one has the folder. */
const tryStart = (
  broker: EmbeddedBroker,
  dataDir: string,
  environment: Environment,
  patience: number
): Effect.Effect<ServerAddress | undefined, BrokerError, Scope.Scope> =>
  Effect.gen(function* () {
    const program = yield* requireNatsServer(environment)
    const before = readServerFile(dataDir)
    const token = before?.token ?? randomBytes(32).toString("base64url")
    const name = serverName(token)
    const last = before === undefined || (yield* whoAnswers(before.port, name)) === "another" ? -1 : before.port
    return yield* Effect.acquireUseRelease(
      writing(dataDir, () => makeStartFolder(dataDir, broker.port ?? last, token)),
      Effect.fnUntraced(function* (folder) {
        const server = yield* Effect.acquireRelease(
          writing(dataDir, () => startServer(program, folder.configFile, dataDir, environment)),
          (started) => (started === undefined ? Effect.void : stopServer(started))
        )
        if (server === undefined) return undefined
        const port = yield* untilReady(server, folder, name, patience).pipe(Effect.onError(() => stopServer(server)))
        if (port === undefined) return undefined
        yield* writing(dataDir, () => writeServerFile(dataDir, { port, token, owner: process.pid }))
        return { url: `nats://127.0.0.1:${port}`, token: Redacted.make(token), started: true }
      }),
      ({ remove }) => Effect.sync(remove)
    )
  })

const unwritable = (dataDir: string, detail: string): BrokerError =>
  failed(`the data folder ${dataDir} can't be written: ${detail}`)

const writing = <A>(dataDir: string, write: () => A): Effect.Effect<A, BrokerError> =>
  Effect.try({ try: write, catch: (cause) => unwritable(dataDir, refusal(cause, dataDir)) })

/** The port at which the server greets by its name; `undefined` when another one has its folder. */
const untilReady = (
  server: ServerProcess,
  folder: StartFolder,
  name: string,
  patience: number
): Effect.Effect<number | undefined, BrokerError> => {
  const ready = Effect.gen(function* () {
    while (true) {
      if (foundLocked(server)) return undefined
      if (hasEnded(server)) return yield* failed(`nats-server did not start: ${complaint(server.output())}`)
      const port = folder.boundPort()
      if (port !== undefined && (yield* whoAnswers(port, name)) === "it") return port
      yield* Effect.sleep("5 millis")
    }
  })
  const late = Effect.suspend(() =>
    Effect.fail(failed(`nats-server was not ready after ${patience / 1000} s: ${complaint(server.output())}`))
  )
  return Effect.timeoutOrElse(ready, { duration: patience, orElse: () => late })
}

/**
 * The server of a data folder: the running one if there is one, else one that this process starts and that ends with the
 * scope, or with the process however it dies. It listens on loopback only, with a token that is made once for each folder, and
 * at the port of the last time if that is free.
 *
 * `patience`: milliseconds to wait for a server that is starting, or that has the folder and does not answer.
 */
export const acquireServer = (
  broker: EmbeddedBroker,
  environment: Environment = process.env,
  patience = 15_000
): Effect.Effect<ServerAddress, BrokerError, Scope.Scope> =>
  Effect.gen(function* () {
    const dataDir = resolve(broker.dataDir)
    yield* Effect.mapError(makeFolder(dataDir, 0o700), ({ detail }) => unwritable(dataDir, detail))
    const begun = performance.now()
    while (true) {
      const waited = performance.now() - begun
      const running = readServerFile(dataDir)
      if (running !== undefined && (yield* whoAnswers(running.port, serverName(running.token))) === "it") {
        // A server that has lost its owner is about to end; if it does not, its owner is one that we can't see.
        if (isAlive(running.owner) || waited > Math.min(3000, patience)) {
          return { url: `nats://127.0.0.1:${running.port}`, token: Redacted.make(running.token), started: false }
        }
      }
      const address = yield* tryStart(broker, dataDir, environment, patience)
      if (address !== undefined) return address
      if (waited > patience) {
        const detail = `another nats-server holds ${dataDir} and does not answer; stop it, or use another broker.dataDir`
        return yield* new BrokerError({ reason: "folder-locked", detail })
      }
      yield* Effect.sleep("50 millis")
    }
  })

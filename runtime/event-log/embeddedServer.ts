import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { connect as connectSocket } from "node:net"
import { join, resolve } from "node:path"
import { Effect, Redacted, type Scope } from "effect"
import { BrokerError } from "./errors.ts"
import { findNatsServer, findProgram } from "./serverProgram.ts"
import type { EmbeddedBroker } from "./settings.ts"

/** Where the server of a data folder listens, and its token. */
export interface ServerAddress {
  readonly url: string
  readonly token: Redacted.Redacted
}

interface ServerFile {
  readonly port: number
  readonly token: string
}

const readyTimeoutMs = 15_000
/** Exit code with which `flock` says that another process holds the lock. */
const lockedExit = 75

const serverFilePath = (dataDir: string): string => join(dataDir, "server.json")

const readServerFile = (dataDir: string): ServerFile | undefined => {
  try {
    const parsed: unknown = JSON.parse(readFileSync(serverFilePath(dataDir), "utf8"))
    if (typeof parsed !== "object" || parsed === null || !("port" in parsed) || !("token" in parsed)) return undefined
    const { port, token } = parsed
    return typeof port === "number" && typeof token === "string" ? { port, token } : undefined
  } catch {
    return undefined
  }
}

/** Whether a NATS server greets at the port. */
const greets = (port: number): Effect.Effect<boolean> =>
  Effect.callback<boolean>((resume) => {
    const socket = connectSocket({ host: "127.0.0.1", port })
    const end = (answer: boolean) => {
      socket.destroy()
      resume(Effect.succeed(answer))
    }
    socket.setTimeout(1000, () => end(false))
    socket.once("data", (data) => end(data.toString("latin1").startsWith("INFO ")))
    socket.once("error", () => end(false))
    return Effect.sync(() => socket.destroy())
  })

interface Started {
  readonly child: ChildProcess
  readonly output: () => string
}

/**
 * Starts the program so that it can't outlive us and can't share its folder: `setpriv` has the kernel end it with its parent,
 * even when that is killed, and `flock` holds the folder's lock for exactly as long as the server lives. Both replace
 * themselves by the server, so its process id is the child's. Without them (not on Linux) a shell waits for our end of a
 * pipe to close.
 */
const start = (program: string, dataDir: string, configFile: string): Started => {
  const setpriv = findProgram("setpriv", process.env)
  const flock = findProgram("flock", process.env)
  const server = [program, "-c", configFile]
  const guarded =
    setpriv !== undefined && flock !== undefined
      ? [
          setpriv,
          "--pdeathsig",
          "TERM",
          flock,
          "-n",
          "-F",
          "-E",
          String(lockedExit),
          join(dataDir, "server.lock"),
          ...server
        ]
      : ["/bin/sh", "-c", '"$@" & pid=$!; cat >/dev/null; kill -9 $pid', "sh", ...server]
  const child = spawn(guarded[0] ?? program, guarded.slice(1), { stdio: ["pipe", "ignore", "pipe"] })
  let output = ""
  child.stderr?.on("data", (chunk: Buffer) => {
    output = (output + chunk.toString("utf8")).slice(-4000)
  })
  child.on("error", (error) => {
    output += String(error)
  })
  return { child, output: () => output }
}

const stop = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    const force = setTimeout(() => child.kill("SIGKILL"), 5000)
    child.once("exit", () => {
      clearTimeout(force)
      resume(Effect.void)
    })
    child.stdin?.end()
    child.kill("SIGTERM")
  })

/** JSON is a subset of the server's configuration language. The token is never an argument, where others could see it. */
const configuration = (dataDir: string, server: ServerFile): string =>
  JSON.stringify({
    host: "127.0.0.1",
    port: server.port,
    server_name: "smartsearch-embedded",
    authorization: { token: server.token },
    jetstream: { store_dir: join(dataDir, "jetstream") },
    ports_file_dir: join(dataDir, "ports")
  })

const portOf = (dataDir: string, pid: number): number | undefined => {
  try {
    const ports: unknown = JSON.parse(readFileSync(join(dataDir, "ports", `nats-server_${pid}.ports`), "utf8"))
    if (typeof ports !== "object" || ports === null || !("nats" in ports) || !Array.isArray(ports.nats))
      return undefined
    const port = Number(/:(\d+)$/.exec(String(ports.nats[0]))?.[1])
    return Number.isInteger(port) ? port : undefined
  } catch {
    return undefined
  }
}

const lastLine = (text: string): string =>
  text
    .trim()
    .split("\n")
    .findLast((line) => /\[(ERR|FTL)\]|nats-server:/.test(line))
    ?.replace(/^\[\d+\] \S+ \S+ /, "") ?? text.trim().slice(-300)

const failed = (detail: string): BrokerError => new BrokerError({ reason: "server-failed", detail })

type Attempt =
  | { readonly kind: "ready"; readonly child: ChildProcess; readonly port: number }
  | { readonly kind: "locked" }

/** Starts a server on the folder, with the port and token of the last one where they are free, and waits until it greets. */
const tryStart = (broker: EmbeddedBroker, dataDir: string): Effect.Effect<Attempt, BrokerError> =>
  Effect.gen(function* () {
    const program = findNatsServer(process.env)
    if (program === undefined) {
      const named = process.env.SMARTSEARCH_NATS_SERVER
      const where = named ? `SMARTSEARCH_NATS_SERVER is "${named}", which is no program` : "nats-server is not in PATH"
      const detail = `${where}; install it (Debian: apt-get install nats-server; elsewhere: https://nats.io/download), or set broker.url to a running server`
      return yield* new BrokerError({ reason: "server-missing", detail })
    }
    const before = readServerFile(dataDir)
    const token = before?.token ?? randomBytes(32).toString("base64url")
    const port = broker.port ?? (before === undefined || (yield* greets(before.port)) ? -1 : before.port)
    const configFile = join(dataDir, `server-${process.pid}.conf`)
    yield* Effect.try({
      try: () => {
        rmSync(join(dataDir, "ports"), { recursive: true, force: true })
        mkdirSync(join(dataDir, "ports"), { recursive: true, mode: 0o700 })
        writeFileSync(configFile, configuration(dataDir, { port, token }), { mode: 0o600 })
      },
      catch: (cause) => failed(`the data folder ${dataDir} can't be written: ${String(cause)}`)
    })
    const { child, output } = start(program, dataDir, configFile)
    const ready = Effect.gen(function* () {
      while (true) {
        if (child.exitCode === lockedExit) return { kind: "locked" } as const
        if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
          return yield* failed(`nats-server did not start on ${dataDir}: ${lastLine(output())}`)
        }
        const bound = portOf(dataDir, child.pid)
        if (bound !== undefined && (yield* greets(bound))) {
          const file = `${serverFilePath(dataDir)}.${process.pid}`
          writeFileSync(file, JSON.stringify({ port: bound, token }), { mode: 0o600 })
          renameSync(file, serverFilePath(dataDir))
          return { kind: "ready", child, port: bound } as const
        }
        yield* Effect.sleep("10 millis")
      }
    })
    return yield* ready.pipe(
      Effect.timeoutOrElse({
        duration: readyTimeoutMs,
        orElse: () =>
          Effect.fail(failed(`nats-server was not ready after ${readyTimeoutMs / 1000} s: ${lastLine(output())}`))
      }),
      Effect.onError(() => stop(child)),
      Effect.ensuring(Effect.sync(() => rmSync(configFile, { force: true })))
    )
  })

/**
 * The server of a data folder: the running one if there is one, else one that this process starts and that ends with the
 * scope, or with the process however it dies.
 */
export const acquireServer = (broker: EmbeddedBroker): Effect.Effect<ServerAddress, BrokerError, Scope.Scope> =>
  Effect.gen(function* () {
    const dataDir = resolve(broker.dataDir)
    yield* Effect.try({
      try: () => mkdirSync(dataDir, { recursive: true, mode: 0o700 }),
      catch: (cause) => failed(`the data folder ${dataDir} can't be made: ${String(cause)}`)
    })
    const deadline = performance.now() + readyTimeoutMs
    while (true) {
      const running = readServerFile(dataDir)
      if (running !== undefined && (yield* greets(running.port))) {
        return { url: `nats://127.0.0.1:${running.port}`, token: Redacted.make(running.token) }
      }
      const attempt = yield* Effect.acquireRelease(tryStart(broker, dataDir), (started) =>
        started.kind === "ready" ? stop(started.child) : Effect.void
      )
      if (attempt.kind === "ready") {
        const token = readServerFile(dataDir)?.token ?? ""
        return { url: `nats://127.0.0.1:${attempt.port}`, token: Redacted.make(token) }
      }
      if (performance.now() > deadline) {
        const detail = `another nats-server holds ${dataDir} and does not answer; stop it, or use another broker.dataDir`
        return yield* new BrokerError({ reason: "folder-locked", detail })
      }
      yield* Effect.sleep("50 millis")
    }
  })

import { type ChildProcess, spawn } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { findProgram } from "../files/programs.ts"

/** A server that was started, ready or not, ended or not. */
export interface ServerProcess {
  readonly child: ChildProcess
  /** The end of what it said. */
  readonly output: () => string
  /** Gives the folder's lock back, where this process holds it and not the server. */
  readonly unlock: () => void
}

/** Whether a process lives; one that has ended and that nobody has taken notice of yet does not. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return true
  }
}

/** Exit code with which `flock` says that another process holds the lock. */
const lockedExit = 75

/** Whether the server did not start because another one holds the folder. */
export const foundLocked = (server: ServerProcess): boolean => server.child.exitCode === lockedExit

export const hasEnded = ({ child }: ServerProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null

/** Ends the server with its parent: our end of the shell's standard input closes however we die. Only builtins are used. */
const watchingShell = `
"$@" & server=$!
exec 3<&0
{ while read -r _; do :; done; kill -9 $server; } <&3 & watch=$!
trap 'kill $server' TERM
while wait $server; code=$?; kill -0 $server 2>/dev/null; do :; done
kill $watch
exit $code`

/** Makes a file to lock, which nobody else can open: whoever may read it could lock it. */
const lockFile = (dataDir: string, name: string): string => {
  const path = join(dataDir, name)
  writeFileSync(path, "", { flag: "a", mode: 0o600 })
  return path
}

/**
 * Holds a lock on the folder for as long as this process lives or until it is given back; undefined when another has it.
 * A database's exclusive transaction is the one lock that Node can take everywhere and that the system ends with the process.
 */
const lockFolder = (dataDir: string): (() => void) | undefined => {
  const database = new DatabaseSync(lockFile(dataDir, "server-lock.sqlite"))
  try {
    database.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE")
    return () => {
      if (database.isOpen) database.close()
    }
  } catch {
    database.close()
    return undefined
  }
}

/**
 * Starts the program so that it can't outlive us and can't share its folder: `setpriv` has the kernel end it with the thread
 * that started it, even when that is killed, and `flock` holds the folder's lock for exactly as long as the server lives. Both
 * replace themselves by the server. Without them (not on Linux) a shell watches us, and this process holds the lock.
 *
 * Undefined when this process sees at once that another one has the lock; otherwise ask `foundLocked`.
 */
export const startServer = (
  program: string,
  configFile: string,
  dataDir: string,
  environment: Readonly<Record<string, string | undefined>>
): ServerProcess | undefined => {
  const server = [program, "-c", configFile]
  const setpriv = findProgram("setpriv", environment)
  const flock = findProgram("flock", environment)
  if (setpriv !== undefined && flock !== undefined) {
    const lock = [flock, "-n", "-F", "-E", String(lockedExit), lockFile(dataDir, "server.lock")]
    return spawned(setpriv, ["--pdeathsig", "TERM", ...lock, ...server], () => {})
  }
  const unlock = lockFolder(dataDir)
  return unlock === undefined ? undefined : spawned("/bin/sh", ["-c", watchingShell, "sh", ...server], unlock)
}

const spawned = (program: string, args: ReadonlyArray<string>, unlock: () => void): ServerProcess => {
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] })
  let output = ""
  child.stderr?.on("data", (chunk: Buffer) => {
    output = (output + chunk.toString("utf8")).slice(-4000)
  })
  child.on("error", (error) => {
    output += String(error)
  })
  child.once("exit", unlock)
  return { child, output: () => output, unlock }
}

/** A plain timer: the callback of a process that ends is no place for fibers. */
const after = (millis: number, run: () => void): NodeJS.Timeout => setTimeout(run, millis)

/** Asks the server to end, makes it after 5 s, and waits until it has. */
export const stopServer = (server: ServerProcess): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const end = () => {
      server.unlock()
      resume(Effect.void)
    }
    if (hasEnded(server)) return end()
    const force = after(5000, () => server.child.kill("SIGKILL"))
    server.child.once("exit", () => {
      clearTimeout(force)
      end()
    })
    server.child.kill("SIGTERM")
  })

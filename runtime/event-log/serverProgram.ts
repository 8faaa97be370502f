import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { Effect } from "effect"
import { BrokerError } from "./errors.ts"

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Finds a program in the folders of PATH and where system packages put servers. */
export const findProgram = (name: string, environment: Environment): string | undefined =>
  [...(environment.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/usr/local/bin"]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable)

/** The `nats-server` program: `SMARTSEARCH_NATS_SERVER` if it is set, else the one in PATH. */
export const findNatsServer = (environment: Environment): string | undefined => {
  const named = environment.SMARTSEARCH_NATS_SERVER
  if (named !== undefined && named !== "") return isExecutable(named) ? named : undefined
  return findProgram("nats-server", environment)
}

/** The `nats-server` program, or what to do without one. */
export const requireNatsServer = (environment: Environment): Effect.Effect<string, BrokerError> => {
  const program = findNatsServer(environment)
  if (program !== undefined) return Effect.succeed(program)
  const named = environment.SMARTSEARCH_NATS_SERVER
  const where = named ? `SMARTSEARCH_NATS_SERVER is "${named}", which is no program` : "nats-server is not in PATH"
  const detail = `${where}; install it (Debian: apt-get install nats-server; elsewhere: https://nats.io/download), or set broker.url to a running server`
  return Effect.fail(new BrokerError({ reason: "server-missing", detail }))
}

import { Effect } from "effect"
import { type Environment, findTool } from "../files/programs.ts"
import { BrokerError } from "./errors.ts"

/** The `nats-server` program: `SMARTSEARCH_NATS_SERVER` if it is set, else the one in PATH. */
export const findNatsServer = (environment: Environment): string | undefined =>
  findTool("nats-server", "SMARTSEARCH_NATS_SERVER", environment)

/** The `nats-server` program, or what to do without one. */
export const requireNatsServer = (environment: Environment): Effect.Effect<string, BrokerError> => {
  const program = findNatsServer(environment)
  if (program !== undefined) return Effect.succeed(program)
  const named = environment.SMARTSEARCH_NATS_SERVER
  const where = named ? `SMARTSEARCH_NATS_SERVER is "${named}", which is no program` : "nats-server is not in PATH"
  const detail = `${where}; install it (Debian: apt-get install nats-server; elsewhere: https://nats.io/download), or set broker.url to a running server`
  return Effect.fail(new BrokerError({ reason: "server-missing", detail }))
}

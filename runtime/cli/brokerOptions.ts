import { Config, Effect, Option, type Redacted } from "effect"
import { Flag } from "effect/cli"
import type { BrokerSettings as Configured } from "../../config/hosting.ts"
import { BrokerError } from "../event-log/errors.ts"
import type { BrokerSettings } from "../event-log/settings.ts"

/** Where the log lies, as the command line says it; what is left out comes from the configuration or the environment. */
export const brokerFlags = {
  dataDir: Flag.Directory("data-dir").pipe(
    Flag.withDescription("Folder of the log of the embedded broker (default: .smartsearch/log)"),
    Flag.optional
  ),
  broker: Flag.String("broker").pipe(
    Flag.withMetavar("URL"),
    Flag.withDescription("Use the NATS server at this address; its token comes from SMARTSEARCH_NATS_TOKEN"),
    Flag.optional
  )
}
export interface BrokerFlags {
  readonly dataDir: Option.Option<string>
  readonly broker: Option.Option<string>
}

const environmentUrl = Config.String("SMARTSEARCH_NATS_URL").pipe(Config.option)
const environmentToken = Config.Redacted("SMARTSEARCH_NATS_TOKEN").pipe(Config.option)

const secret = (name: string | undefined): Effect.Effect<Redacted.Redacted | undefined, BrokerError> =>
  name === undefined
    ? Effect.succeed(undefined)
    : Effect.mapError(Config.Redacted(name), () => {
        const detail = `the environment variable ${name}, which the broker's configuration names, is not set`
        return new BrokerError({ reason: "unauthorized", detail })
      })

const configured = Effect.fnUntraced(function* (broker: Configured): Effect.fn.Return<BrokerSettings, BrokerError> {
  if (broker.kind === "embedded") return broker
  const { url, user, credsFile, tls, replicas } = broker
  const token = yield* secret(broker.tokenEnv)
  const password = yield* secret(broker.passwordEnv)
  const nkeySeed = yield* secret(broker.nkeySeedEnv)
  return { kind: "external", url, replicas, token, user, password, nkeySeed, credsFile, tls }
})

/** A server by its address alone: its token, if it wants one, comes from the environment. */
const at = (url: string) =>
  Effect.map(
    environmentToken,
    (token): BrokerSettings => ({ kind: "external", url, token: Option.getOrUndefined(token) })
  )

/**
 * The broker to use: `--broker`, else `--data-dir`, else `SMARTSEARCH_NATS_URL`, else what the configuration says. Fails when a
 * named environment variable is not set.
 */
export const brokerSettings = Effect.fnUntraced(function* (
  flags: BrokerFlags,
  configuration: Configured
): Effect.fn.Return<BrokerSettings, BrokerError | Config.ConfigError> {
  if (Option.isSome(flags.broker)) return yield* at(flags.broker.value)
  if (Option.isSome(flags.dataDir)) return { kind: "embedded", dataDir: flags.dataDir.value }
  const url = yield* environmentUrl
  return yield* Option.isSome(url) ? at(url.value) : configured(configuration)
})

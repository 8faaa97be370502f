import { Config, Effect, Option } from "effect"
import { Flag } from "effect/cli"
import type { BrokerSettings as Configured } from "../../config/hosting.ts"
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

const secret = (name: string | undefined) =>
  name === undefined ? Effect.succeed(undefined) : Config.Redacted(name).pipe(Effect.map((value) => value))

/** An optional property, present only with a value. */
const given = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }

const configured = Effect.fnUntraced(function* (broker: Configured) {
  if (broker.kind === "embedded") return broker
  const { url, user, credsFile, tls, replicas } = broker
  return {
    kind: "external",
    url,
    replicas,
    ...given("token", yield* secret(broker.tokenEnv)),
    ...given("user", user),
    ...given("password", yield* secret(broker.passwordEnv)),
    ...given("nkeySeed", yield* secret(broker.nkeySeedEnv)),
    ...given("credsFile", credsFile),
    ...given("tls", tls)
  } as const
})

/**
 * The broker to use: `--broker`, else `--data-dir`, else `SMARTSEARCH_NATS_URL`, else what the configuration says. Fails when a
 * named environment variable is not set.
 */
export const brokerSettings = Effect.fnUntraced(function* (
  flags: BrokerFlags,
  configuration: Configured
): Effect.fn.Return<BrokerSettings, Config.ConfigError, never> {
  const address = Option.orElse(flags.broker, () => Option.none<string>())
  const token = Option.getOrUndefined(yield* environmentToken)
  if (Option.isSome(address)) return { kind: "external", url: address.value, ...given("token", token) }
  if (Option.isSome(flags.dataDir)) return { kind: "embedded", dataDir: flags.dataDir.value }
  const url = yield* environmentUrl
  if (Option.isSome(url)) return { kind: "external", url: url.value, ...given("token", token) }
  return yield* configured(configuration)
})

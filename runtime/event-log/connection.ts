import { readFileSync } from "node:fs"
import {
  type Authenticator,
  AuthorizationError,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator
} from "@nats-io/transport-node"
import { Effect, Redacted, type Scope, Stream } from "effect"
import { acquireServer } from "./embeddedServer.ts"
import { BrokerError } from "./errors.ts"
import type { BrokerSettings, ExternalBroker } from "./settings.ts"

const authenticatorsOf = (broker: ExternalBroker): ReadonlyArray<Authenticator> => [
  ...(broker.nkeySeed === undefined
    ? []
    : [nkeyAuthenticator(new TextEncoder().encode(Redacted.value(broker.nkeySeed)))]),
  ...(broker.credsFile === undefined ? [] : [credsAuthenticator(readFileSync(broker.credsFile))])
]

const optionsOf = (broker: ExternalBroker): NodeConnectionOptions => {
  const authenticators = authenticatorsOf(broker)
  return {
    servers: broker.url.split(",").map((url) => url.trim()),
    ...(broker.token === undefined ? {} : { token: Redacted.value(broker.token) }),
    ...(broker.user === undefined ? {} : { user: broker.user }),
    ...(broker.password === undefined ? {} : { pass: Redacted.value(broker.password) }),
    ...(authenticators.length === 0 ? {} : { authenticator: [...authenticators] }),
    ...(broker.tls === undefined ? {} : { tls: broker.tls })
  }
}

const connectError = (url: string, cause: unknown): BrokerError =>
  cause instanceof AuthorizationError || /authorization violation/i.test(String(cause))
    ? new BrokerError({
        reason: "unauthorized",
        detail: `${url} refuses the credentials; check the broker's token, user or keys`
      })
    : new BrokerError({
        reason: "unreachable",
        detail: `no NATS server answers at ${url} (${cause instanceof Error ? cause.message : String(cause)}); start it, or check broker.url`
      })

/**
 * A connection that comes back by itself for as long as the scope lives. With an embedded broker, when the process that owned
 * the server is gone, one of those that shared it starts it again at the same address, and the others reconnect.
 */
export const openConnection = (
  broker: BrokerSettings,
  onReconnect: () => void
): Effect.Effect<NatsConnection, BrokerError, Scope.Scope> =>
  Effect.gen(function* () {
    const external: ExternalBroker =
      broker.kind === "external" ? broker : { kind: "external", ...(yield* acquireServer(broker)) }
    const shown = external.url.replace(/\/\/[^@/]*@/, "//")
    const options = yield* Effect.try({
      try: () => optionsOf(external),
      catch: (cause) => new BrokerError({ reason: "unauthorized", detail: `broker credentials: ${String(cause)}` })
    })
    const nc = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: () =>
          connect({
            ...options,
            name: "smartsearch",
            timeout: 5000,
            maxReconnectAttempts: -1,
            reconnectTimeWait: 100,
            reconnectJitter: 50,
            noAsyncTraces: true
          }),
        catch: (cause) => connectError(shown, cause)
      }),
      (connection) => Effect.promise(() => connection.close())
    )
    const recover =
      broker.kind === "embedded" ? acquireServer(broker).pipe(Effect.retry({ times: 20 }), Effect.ignore) : Effect.void
    yield* Stream.fromAsyncIterable(nc.status(), (cause) => cause).pipe(
      Stream.runForEach((status) => {
        if (status.type === "reconnect") return Effect.sync(onReconnect)
        return status.type === "disconnect" ? recover : Effect.void
      }),
      Effect.ignore,
      Effect.forkScoped
    )
    return nc
  })

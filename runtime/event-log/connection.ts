import { readFileSync } from "node:fs"
import { isIP } from "node:net"
import {
  type Authenticator,
  AuthorizationError,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator,
  PermissionViolationError
} from "@nats-io/transport-node"
import { Effect, FiberHandle, Redacted, Schedule, Scope, Stream } from "effect"
import { acquireServer } from "./embeddedServer.ts"
import { BrokerError } from "./errors.ts"
import type { BrokerSettings, ExternalBroker } from "./settings.ts"

/** Signs once, so that an unreadable seed is told here and not by a connection that never comes. */
const tried = (authenticator: Authenticator): Authenticator => {
  authenticator("")
  return authenticator
}

const authenticatorsOf = (broker: ExternalBroker): ReadonlyArray<Authenticator> => [
  ...(broker.nkeySeed === undefined
    ? []
    : [tried(nkeyAuthenticator(new TextEncoder().encode(Redacted.value(broker.nkeySeed))))]),
  ...(broker.credsFile === undefined ? [] : [tried(credsAuthenticator(readFileSync(broker.credsFile)))])
]

/**
 * How to encrypt; undefined where it need not be. The client takes `tls://` for a mere hint: only with options of its own does
 * it insist. And it checks a server that is addressed by number as if it were called `localhost`, unless it is told the host.
 */
const encryptionOf = (broker: ExternalBroker, servers: ReadonlyArray<string>): NodeConnectionOptions["tls"] => {
  if (broker.tls === undefined && !servers.some((url) => url.startsWith("tls:"))) return undefined
  const [host, ...others] = servers.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ""))
  const addressed = host !== undefined && others.length === 0 && isIP(host) !== 0
  return { ...broker.tls, ...(addressed ? { host } : {}) }
}

const optionsOf = (broker: ExternalBroker): NodeConnectionOptions => {
  const authenticators = authenticatorsOf(broker)
  const servers = broker.url.split(",").map((url) => url.trim())
  const tls = encryptionOf(broker, servers)
  return {
    servers,
    ...(broker.token === undefined ? {} : { token: Redacted.value(broker.token) }),
    ...(broker.user === undefined ? {} : { user: broker.user }),
    ...(broker.password === undefined ? {} : { pass: Redacted.value(broker.password) }),
    ...(authenticators.length === 0 ? {} : { authenticator: [...authenticators] }),
    ...(tls === undefined ? {} : { tls })
  }
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const connectError = (url: string, cause: unknown): BrokerError =>
  cause instanceof AuthorizationError || /authorization violation/i.test(String(cause))
    ? new BrokerError({
        reason: "unauthorized",
        detail: `${url} refuses the credentials; check the broker's token, user or keys`
      })
    : new BrokerError({
        reason: "unreachable",
        detail: `no NATS server answers at ${url} (${textOf(cause)}); start it, or check broker.url`
      })

/** Milliseconds until the next attempt to reconnect: soon at first, then every two seconds, and not all processes at once. */
const reconnectDelay = (failures: number): number => Math.min(2000, 50 * 2 ** failures) * (0.5 + Math.random())

const open = (broker: ExternalBroker): Effect.Effect<NatsConnection, BrokerError, Scope.Scope> =>
  Effect.gen(function* () {
    const options = yield* Effect.try({
      try: () => optionsOf(broker),
      catch: (cause) =>
        new BrokerError({ reason: "unauthorized", detail: `the broker's keys can't be read: ${textOf(cause)}` })
    })
    const shown = broker.url.replace(/\/\/[^@/]*@/g, "//")
    let failures = (): number => 0
    const nc = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: () =>
          connect({
            ...options,
            name: "smartsearch",
            timeout: 5000,
            maxReconnectAttempts: -1,
            reconnectDelayHandler: () => reconnectDelay(failures()),
            // Credentials that are refused may be accepted again: whoever changed them on the server may change them back.
            ignoreAuthErrorAbort: true,
            noAsyncTraces: true
          }),
        catch: (cause) => connectError(shown, cause)
      }),
      // Closing alone would drop what was written last, such as acknowledgements.
      (connection) =>
        Effect.tryPromise(() => (connection.info === undefined ? Promise.resolve() : connection.flush())).pipe(
          Effect.timeout("1 second"),
          Effect.ignore,
          Effect.andThen(Effect.promise(() => connection.close()))
        )
    )
    failures = () => Math.max(0, ...nc.getServers().map(({ reconnects }) => reconnects))
    return nc
  })

/** What a connection tells while it lives. */
export interface ConnectionListener {
  /** The connection was lost and is back: whatever was on its way is lost. */
  readonly onReconnect: () => void
  /** The server refused to take a message on a subject; it does not say which message. */
  readonly onDenied: (subject: string) => void
}

/** A connection, and whether this process started its server for it. */
export interface Connection {
  readonly nc: NatsConnection
  readonly started: boolean
}

/**
 * A connection that comes back by itself for as long as the scope lives. With an embedded broker, when the process that owned
 * the server is gone, one of those that shared it starts it again, at the same address if that is free, and the others
 * reconnect.
 */
export const openConnection = (
  broker: BrokerSettings,
  listener: ConnectionListener
): Effect.Effect<Connection, BrokerError, Scope.Scope> =>
  Effect.gen(function* () {
    if (broker.kind === "external") {
      const nc = yield* open(broker)
      yield* watch(nc, listener, Effect.void)
      return { nc, started: false }
    }
    // Registered before the connection, so every server that is started here ends after it, even one that was started late.
    const servers = yield* Effect.flatMap(Effect.scope, (scope) => Scope.fork(scope))
    const acquire = Scope.provide(acquireServer(broker), servers)
    // The server may end with its owner between the two steps.
    const { nc, started } = yield* Effect.gen(function* () {
      const { url, token, started } = yield* acquire
      return { nc: yield* open({ kind: "external", url, token }), started }
    }).pipe(
      Effect.retry({
        while: ({ reason }) => reason === "unreachable",
        times: 20,
        schedule: Schedule.spaced("50 millis")
      })
    )
    const recover = acquire.pipe(
      Effect.tapError((error) => Effect.logWarning(`the embedded broker is down: ${error.message}`)),
      Effect.retry(Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("10 seconds")])),
      Effect.tap((server) => Effect.sync(() => nc.setServers([server.url]))),
      Effect.ignore
    )
    yield* watch(nc, listener, recover)
    return { nc, started }
  })

/** Passes on what the connection tells, and runs `recover` for as long as there is none. */
const watch = Effect.fnUntraced(function* (
  nc: NatsConnection,
  { onReconnect, onDenied }: ConnectionListener,
  recover: Effect.Effect<void>
) {
  const recovering = yield* FiberHandle.make<void, never>()
  let told = ""
  yield* Stream.fromAsyncIterable(nc.status(), (cause) => cause).pipe(
    Stream.runForEach((status) => {
      switch (status.type) {
        case "reconnect":
          told = ""
          return Effect.sync(onReconnect)
        case "disconnect":
        case "reconnecting":
          return FiberHandle.run(recovering, recover, { onlyIfMissing: true })
        case "error": {
          const { error } = status
          if (error instanceof PermissionViolationError && error.operation === "publish") onDenied(error.subject)
          if (error.message === told) return Effect.void
          told = error.message
          return Effect.logWarning(`broker: ${told}`)
        }
        default:
          return Effect.void
      }
    }),
    Effect.ignore,
    Effect.forkScoped
  )
})

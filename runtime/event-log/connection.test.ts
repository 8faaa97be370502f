import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager, type StreamConfig } from "@nats-io/jetstream"
import { connect, nkeys } from "@nats-io/transport-node"
import { Effect, Layer, Redacted } from "effect"
import { allEvents } from "../../events/subjects.ts"
import type { BrokerError } from "./errors.ts"
import { EventLog } from "./eventLog.ts"
import type { ExternalBroker } from "./settings.ts"
import { queryScored } from "./testing/events.ts"
import { logOver, type TestConfiguration, temporaryFolder, testServer } from "./testing/servers.ts"

const secret = "a-secret-that-nobody-sees"

/** Stores an event and reads it again. */
const roundTrip = (broker: Omit<ExternalBroker, "kind">): Effect.Effect<number, BrokerError> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    yield* log.append([queryScored("round-trip", 1)])
    let read = 0
    yield* log.read({}, () => read++)
    return read
  }).pipe(Effect.orDie, Effect.provide(logOver({ kind: "external", ...broker })))

/** Why the broker can't be used. */
const refusal = (broker: Omit<ExternalBroker, "kind">) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Effect.scoped(Layer.build(logOver({ kind: "external", ...broker }))))
    assert.notInclude(error.message, "\n")
    assert.notInclude(error.message, secret)
    assert.notInclude(JSON.stringify(error), secret)
    return error
  })

const seed = nkeys.createUser()
const seedText = new TextDecoder().decode(seed.getSeed())

const guarded: ReadonlyArray<{
  readonly by: string
  readonly configuration: TestConfiguration
  readonly right: Partial<ExternalBroker>
  readonly wrong: Partial<ExternalBroker>
}> = [
  {
    by: "a token",
    configuration: { authorization: { token: "right" } },
    right: { token: Redacted.make("right") },
    wrong: { token: Redacted.make(secret) }
  },
  {
    by: "a user and a password",
    configuration: { authorization: { user: "me", password: "right" } },
    right: { user: "me", password: Redacted.make("right") },
    wrong: { user: "me", password: Redacted.make(secret) }
  },
  {
    by: "an nkey",
    configuration: { authorization: { users: [{ nkey: seed.getPublicKey() }] } },
    right: { nkeySeed: Redacted.make(seedText) },
    wrong: { nkeySeed: Redacted.make(new TextDecoder().decode(nkeys.createUser().getSeed())) }
  }
]

describe("an external broker", () => {
  for (const { by, configuration, right, wrong } of guarded) {
    it.live(`is used with ${by}, and refuses a wrong one`, () =>
      Effect.gen(function* () {
        const { url } = yield* testServer(configuration)
        assert.strictEqual(yield* roundTrip({ url, ...right }), 1)
        for (const credentials of [wrong, {}]) {
          const error = yield* refusal({ url, ...credentials })
          assert.strictEqual(error.reason, "unauthorized")
          assert.strictEqual(error.message, `${url} refuses the credentials; check the broker's token, user or keys`)
        }
      })
    )
  }

  it.live("tells of keys that can't be read without showing them", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer()
      const folder = yield* temporaryFolder
      writeFileSync(join(folder, "some.creds"), secret)
      const broken = [
        { nkeySeed: Redacted.make(secret) },
        { nkeySeed: Redacted.make(`${seedText.slice(0, -2)}AA`) },
        { credsFile: join(folder, "some.creds") },
        { credsFile: join(folder, "none.creds") }
      ]
      for (const credentials of broken) {
        const error = yield* refusal({ url, ...credentials })
        assert.strictEqual(error.reason, "unauthorized")
        assert.match(error.message, /^the broker's keys can't be read: /)
        assert.notInclude(error.message, seedText.slice(0, 20))
      }
    })
  )

  it.live("is unreachable where nothing listens, and its address is shown without a password", () =>
    Effect.gen(function* () {
      const error = yield* refusal({ url: `nats://me:${secret}@127.0.0.1:9, nats://me:${secret}@127.0.0.1:10` })
      assert.strictEqual(error.reason, "unreachable")
      assert.match(
        error.message,
        /^no NATS server answers at nats:\/\/127.0.0.1:9, nats:\/\/127.0.0.1:10 \(.*refused\)/
      )
    })
  )

  it.live("is used over TLS, with a certificate that is checked", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const at = (name: string) => join(folder, name)
      const openssl = (...args: ReadonlyArray<string>) => execFileSync("openssl", args, { stdio: "pipe" })
      const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
      const made = (name: string, ...more: ReadonlyArray<string>) =>
        openssl(
          "req",
          "-x509",
          ...newKey,
          "-subj",
          `/CN=${name}`,
          "-keyout",
          at(`${name}.key`),
          "-out",
          at(`${name}.pem`),
          ...more
        )
      made("authority")
      made("another")
      made(
        "server",
        "-CA",
        at("authority.pem"),
        "-CAkey",
        at("authority.key"),
        "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:localhost"
      )
      const server = yield* testServer({
        host: "0.0.0.0",
        tls: { cert_file: at("server.pem"), key_file: at("server.key") }
      })
      const url = server.url.replace("nats:", "tls:")

      const tls = { caFile: at("authority.pem") }
      assert.strictEqual(yield* roundTrip({ url, tls }), 1)
      assert.strictEqual(yield* roundTrip({ url: url.replace("127.0.0.1", "localhost"), tls }), 1)
      const elsewhere = yield* refusal({ url: url.replace("127.0.0.1", "127.0.0.2"), tls })
      assert.match(elsewhere.message, /certificate/)
      for (const tls of [{}, { caFile: at("another.pem") }]) {
        const error = yield* refusal({ url, tls })
        assert.strictEqual(error.reason, "unreachable")
        assert.match(error.message, /certificate/)
      }
    })
  )

  it.live("is not used over an open connection when its address says `tls:`", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer()
      const error = yield* refusal({ url: url.replace("nats:", "tls:") })
      assert.strictEqual(error.reason, "unreachable")
      assert.match(error.message, /does not support 'tls'/)
    })
  )

  it.live("needs JetStream, and the permission to use it", () =>
    Effect.gen(function* () {
      const without = yield* testServer({ jetstream: false })
      const disabled = yield* refusal({ url: without.url })
      assert.strictEqual(disabled.reason, "incompatible")
      assert.match(disabled.message, /^JetStream can't be used: .*not enabled/)

      const users = [{ user: "me", password: "right", permissions: { publish: ["nothing"], subscribe: [">"] } }]
      const closed = yield* testServer({ authorization: { users } })
      const denied = yield* refusal({ url: closed.url, user: "me", password: Redacted.make("right") })
      assert.strictEqual(denied.reason, "unauthorized")
    })
  )

  it.live("refuses events at once where its user may not publish them", () =>
    Effect.gen(function* () {
      const permissions = { publish: { allow: [">"], deny: ["smartsearch.evt.>"] }, subscribe: [">"] }
      const { url } = yield* testServer({ authorization: { users: [{ user: "me", password: "right", permissions }] } })
      const broker = { kind: "external", url, user: "me", password: Redacted.make("right") } as const
      const error = yield* Effect.gen(function* () {
        const log = yield* EventLog
        return yield* Effect.flip(log.append([queryScored("denied", 1), queryScored("denied", 2)]))
      }).pipe(Effect.provide(logOver(broker)))
      assert.strictEqual(error.reason, "refused")
      assert.match(error.message, /^the broker's user may not publish to smartsearch\.evt\.QueryScored\.test/)
    })
  )
})

/** Makes the log's stream as somebody else might have. */
const madeOtherwise = (url: string, config: Partial<StreamConfig>) =>
  Effect.acquireUseRelease(
    Effect.promise(() => connect({ servers: url })),
    (nc) =>
      Effect.promise(async () => {
        const manager = await jetstreamManager(nc)
        await manager.streams.add({ name: "SMARTSEARCH", subjects: [allEvents], ...config })
      }),
    (nc) => Effect.promise(() => nc.close())
  )

describe("a stream that is there already", () => {
  const kept = { deny_delete: true, deny_purge: true }
  const refused: ReadonlyArray<readonly [string, Partial<StreamConfig>, RegExp]> = [
    ["drops what is old", { ...kept, max_age: 3600e9 }, /max_age: 3600000000000/],
    ["drops what is beyond a size", { ...kept, max_bytes: 1e9 }, /max_bytes: 1000000000/],
    ["drops what is beyond a number", { ...kept, max_msgs: 10 }, /max_msgs: 10/],
    ["keeps so many for each subject", { ...kept, max_msgs_per_subject: 1 }, /max_msgs_per_subject: 1/],
    ["may be deleted from", {}, /deny_delete: false, deny_purge: false/],
    ["lies in memory", { ...kept, storage: "memory" }, /storage: "memory"/],
    ["has other subjects", { ...kept, subjects: ["other"] }, /subjects without smartsearch\.evt\.\*\.\*/]
  ]
  for (const [how, config, problem] of refused) {
    it.live(`is refused when it ${how}`, () =>
      Effect.gen(function* () {
        const { url } = yield* testServer()
        yield* madeOtherwise(url, config)
        const error = yield* refusal({ url })
        assert.strictEqual(error.reason, "incompatible")
        assert.match(error.message, problem)
        assert.match(error.message, /^stream SMARTSEARCH exists with other settings/)
      })
    )
  }

  it.live("is used when it refuses what is new once it is full", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer()
      yield* madeOtherwise(url, { ...kept, max_bytes: 1e6, discard: "new" })
      assert.strictEqual(yield* roundTrip({ url }), 1)
    })
  )
})

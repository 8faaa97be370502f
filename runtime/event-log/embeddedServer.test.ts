import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, type Scope } from "effect"
import { acquireServer } from "./embeddedServer.ts"
import { eventually, runScript, temporaryFolder, testServer } from "./testing/servers.ts"

/** Without `setpriv` and `flock`, as on a system that is not Linux. */
const bare = { PATH: "/nonexistent" }

const embedded = (dataDir: string) => ({ kind: "embedded", dataDir }) as const

/** Command lines of the processes that run a server on the folder. */
const serversOf = (dataDir: string): ReadonlyArray<{ readonly pid: number; readonly args: string }> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const file = `/proc/${pid}/cmdline`
      const args = existsSync(file) ? readFileSync(file, "utf8").replaceAll("\0", " ") : ""
      return /^\S*nats-server /.test(args) && args.includes(dataDir) ? [{ pid: Number(pid), args }] : []
    })

/** Addresses, in hexadecimal, on which somebody listens at the port. */
const listenersAt = (port: number): ReadonlyArray<string> =>
  ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === "0A")
      .map((fields) => fields[1]?.split(":") ?? [])
      .flatMap(([address = "", hex = ""]) => (Number.parseInt(hex, 16) === port ? [address] : []))
  )

const portOf = (url: string): number => Number(new URL(url).port)

const permissions = (path: string): string => (statSync(path).mode & 0o777).toString(8)

/** Something that is no NATS server, at a port that it chose. */
const otherProgram: Effect.Effect<number, never, Scope.Scope> = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const server = createServer((socket) => socket.end("go away\r\n"))
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ port, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ port }) => port))

describe("the embedded server", () => {
  it.live("listens on loopback only, at a port of its own", () =>
    Effect.gen(function* () {
      const one = yield* acquireServer(embedded(yield* temporaryFolder))
      const two = yield* acquireServer(embedded(yield* temporaryFolder))
      assert.deepStrictEqual(listenersAt(portOf(one.url)), ["0100007F"])
      assert.notStrictEqual(one.url, two.url)
      assert.notStrictEqual(Redacted.value(one.token), Redacted.value(two.token))
    })
  )

  it.live("tells its token to nobody but the folder's owner", () =>
    Effect.gen(function* () {
      const dataDir = join(yield* temporaryFolder, "made", "by", "us")
      const { token } = yield* acquireServer(embedded(dataDir))
      const [server] = serversOf(dataDir)
      assert.isDefined(server)
      const environment = readFileSync(`/proc/${server?.pid}/environ`, "utf8")
      assert.notInclude(server?.args ?? "", Redacted.value(token))
      assert.notInclude(environment, Redacted.value(token))
      assert.strictEqual(permissions(dataDir), "700")
      assert.strictEqual(permissions(join(dataDir, "server.json")), "600")
      assert.strictEqual(permissions(join(dataDir, "server.lock")), "600")
      assert.deepStrictEqual(readdirSync(dataDir).sort(), ["jetstream", "server.json", "server.lock"])
    })
  )

  it.live("takes a folder of any name", () =>
    Effect.gen(function* () {
      const dataDir = join(yield* temporaryFolder, `it's "my" $HOME, größte # {folder}`)
      assert.isTrue((yield* acquireServer(embedded(dataDir))).started)
      assert.isTrue(existsSync(join(dataDir, "jetstream")))
    })
  )

  it.live("ends with the scope, and comes back at the same address", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const first = yield* Effect.scoped(acquireServer(embedded(dataDir)))
      assert.deepStrictEqual(serversOf(dataDir), [])
      const second = yield* acquireServer(embedded(dataDir))
      assert.strictEqual(second.url, first.url)
      assert.strictEqual(Redacted.value(second.token), Redacted.value(first.token))
    })
  )

  for (const [how, path] of [
    ["by setpriv and flock", process.env.PATH ?? ""],
    ["by a shell", bare.PATH]
  ] as const) {
    describe(`guarded ${how}`, () => {
      it.live("dies with the process that owns it, even when that is killed", () =>
        Effect.gen(function* () {
          const dataDir = yield* temporaryFolder
          const owner = yield* runScript("holdServer.ts", [dataDir, path])
          yield* owner.line
          assert.lengthOf(serversOf(dataDir), 1)
          yield* owner.kill
          yield* eventually("the server is gone", () => serversOf(dataDir).length === 0, 2)
        })
      )

      it.live("is started by one process and shared by the others", () =>
        Effect.gen(function* () {
          const dataDir = yield* temporaryFolder
          const script = yield* runScript("holdServer.ts", [dataDir, path])
          const [told, here] = yield* Effect.all(
            [script.line, acquireServer(embedded(dataDir), { ...process.env, PATH: path })],
            { concurrency: "unbounded" }
          )
          const { url } = here
          const there: unknown = JSON.parse(told)
          assert.deepStrictEqual(there, { url, started: !here.started })
          assert.lengthOf(serversOf(dataDir), 1)
        })
      )

      it.live("never runs twice on one folder, even if its address is not known", () =>
        Effect.gen(function* () {
          const dataDir = yield* temporaryFolder
          const environment = { ...process.env, PATH: path }
          yield* acquireServer(embedded(dataDir), environment)
          writeFileSync(join(dataDir, "server.json"), "")
          const error = yield* Effect.flip(acquireServer(embedded(dataDir), environment, 300))
          assert.strictEqual(error.reason, "folder-locked")
          assert.match(error.message, /^another nats-server holds .*; stop it, or use another broker.dataDir$/)
          assert.lengthOf(serversOf(dataDir), 1)
        })
      )

      it.live("says in one line that its port is taken", () =>
        Effect.gen(function* () {
          const port = yield* otherProgram
          const dataDir = yield* temporaryFolder
          const environment = { ...process.env, PATH: path }
          const error = yield* Effect.flip(acquireServer({ ...embedded(dataDir), port }, environment))
          assert.strictEqual(error.reason, "server-failed")
          assert.match(
            error.message,
            new RegExp(`^nats-server did not start: .*:${port}: bind: address already in use`)
          )
          assert.notInclude(error.message, "\n")
        })
      )
    })
  }

  it.live("is not shared when its owner is dead and it is about to end, but started anew", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      for (let round = 0; round < 2; round++) {
        const owner = yield* runScript("holdServer.ts", [dataDir])
        yield* owner.line
        yield* owner.kill
        const { started } = yield* Effect.scoped(acquireServer(embedded(dataDir)))
        assert.isTrue(started)
      }
    })
  )

  it.live("is shared when its owner can't be seen", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { url } = yield* acquireServer(embedded(dataDir))
      const file = join(dataDir, "server.json")
      writeFileSync(file, readFileSync(file, "utf8").replace(/"owner":\d+/, `"owner":${2 ** 22 + 1}`))
      const shared = yield* acquireServer(embedded(dataDir), process.env, 500)
      assert.deepInclude(shared, { url, started: false })
    })
  )

  it.live("takes another port when a stranger has its last one", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const port = yield* otherProgram
      writeFileSync(join(dataDir, "server.json"), JSON.stringify({ port, token: "kept" }))
      const { url, token } = yield* acquireServer(embedded(dataDir))
      assert.notStrictEqual(portOf(url), port)
      assert.strictEqual(Redacted.value(token), "kept")
    })
  )

  it.live("is not mistaken for another NATS server at its last port", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const stranger = yield* testServer()
      writeFileSync(join(dataDir, "server.json"), JSON.stringify({ port: portOf(stranger.url), token: "kept" }))
      const { url, started } = yield* acquireServer(embedded(dataDir))
      assert.isTrue(started)
      assert.notStrictEqual(url, stranger.url)
    })
  )

  it.live("says in one line that its folder can't be written", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "file")
      writeFileSync(file, "")
      for (const [dataDir, why] of [
        [join(file, "data"), `${file} is no folder; choose another one`],
        ["/proc/data", "nothing can be made in /proc (ENOENT); choose a folder elsewhere"]
      ] as const) {
        const error = yield* Effect.flip(acquireServer(embedded(dataDir)))
        assert.strictEqual(error.reason, "server-failed")
        assert.strictEqual(error.message, `the data folder ${dataDir} can't be written: ${why}`)
      }
    })
  )

  it.live("says in one line that the program is not there, or is none of NATS", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const missing = yield* Effect.flip(acquireServer(embedded(dataDir), { SMARTSEARCH_NATS_SERVER: "/nonexistent" }))
      assert.strictEqual(missing.reason, "server-missing")
      assert.match(missing.message, /^SMARTSEARCH_NATS_SERVER is "\/nonexistent", which is no program; install it/)
      const wrong = yield* Effect.flip(acquireServer(embedded(dataDir), { SMARTSEARCH_NATS_SERVER: "/bin/false" }))
      assert.strictEqual(wrong.reason, "server-failed")
      for (const { message } of [missing, wrong]) assert.notInclude(message, "\n")
    })
  )
})

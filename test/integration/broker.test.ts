import { existsSync } from "node:fs"
import { createServer } from "node:net"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Schema, type Scope } from "effect"
import { testServer } from "../../runtime/event-log/testing/servers.ts"
import { configured, questionsEach } from "../support/configuration.ts"
import { patience, smartsearch } from "../support/smartsearch.ts"
import { answerAs, makeWorkspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

/** A port of the loopback interface that somebody else listens on. */
const takenPort: Effect.Effect<number, never, Scope.Scope> = Effect.acquireRelease(
  Effect.callback<ReturnType<typeof createServer>>((resume) => {
    const server = createServer().listen({ host: "127.0.0.1", port: 0 }, () => resume(Effect.succeed(server)))
  }),
  (server) => Effect.sync(() => server.close())
).pipe(
  Effect.map((server) => {
    const address = server.address()
    return typeof address === "object" ? (address?.port ?? 0) : 0
  })
)

const Stats = Schema.Struct({
  events: Schema.Int,
  runs: Schema.Array(Schema.Struct({ run: Schema.String, events: Schema.Int }))
})

describe("the broker", () => {
  it.live("is missed in one line when there is no nats-server, and the log's folder is left alone", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const environment = { SMARTSEARCH_NATS_SERVER: workspace.path("nats-server") }
      const { code, stdout, stderr } = yield* workspace.run(["log", "stats"], { environment })
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.strictEqual(
        stderr,
        `smartsearch: SMARTSEARCH_NATS_SERVER is "${workspace.path("nats-server")}", which is no program; install it (Debian: apt-get install nats-server; elsewhere: https://nats.io/download), or set broker.url to a running server\n`
      )
    })
  )

  it.live("can't take a port that is taken", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const port = yield* takenPort
      const broker = { kind: "embedded", dataDir: workspace.dataDir, port }
      const configuration = configured(workspace, { name: "ported", questions: 1, broker })
      const { code, stdout, stderr } = yield* smartsearch(["run", "rollout", ...configuration])
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.match(
        stderr,
        new RegExp(`^smartsearch: nats-server did not start: .*127\\.0\\.0\\.1:${port}.*address already in use"?\\n$`)
      )
      assert.isFalse(existsSync(workspace.path("log", "server.json")))
    })
  )

  it.live("of one's own is used with its token, and refused in one line without", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const { url } = yield* testServer({ authorization: { token: "open sesame" } })
      const stats = (environment: Readonly<Record<string, string>>) =>
        smartsearch(["log", "stats", "--json", "--broker", url], { environment })
      for (const environment of [{}, { SMARTSEARCH_NATS_TOKEN: "open barley" }]) {
        const { code, stdout, stderr } = yield* stats(environment)
        assert.deepStrictEqual([code, stdout], [1, ""])
        assert.strictEqual(
          stderr,
          `smartsearch: ${url} refuses the credentials; check the broker's token, user or keys\n`
        )
      }
      const environment = { SMARTSEARCH_NATS_TOKEN: "open sesame" }
      const args = ["run", "rollout", "--run", "outside", ...questionsEach(1), "--broker", url]
      const run = yield* smartsearch(args, { environment, folder: workspace.folder })
      assert.strictEqual(run.code, 0, run.stderr)
      // The same by the environment alone.
      const ended = yield* smartsearch(["log", "stats", "--json"], {
        environment: { ...environment, SMARTSEARCH_NATS_URL: url },
        folder: workspace.folder
      })
      const { events, runs } = answerAs(Stats)(ended)
      assert.deepStrictEqual(runs, [{ run: "outside", events }])
      assert.isFalse(existsSync(workspace.path(".smartsearch")), "no server of its own")
    })
  )

  it.live("that does not answer is told in one line", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* smartsearch(["log", "stats", "--broker", "nats://127.0.0.1:9"])
      assert.strictEqual(code, 1)
      assert.strictEqual(
        stderr,
        "smartsearch: no NATS server answers at nats://127.0.0.1:9 (connection refused); start it, or check broker.url\n"
      )
    })
  )

  it.live("whose token is named by the configuration but not set is told in one line", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const broker = { kind: "external", url: "nats://127.0.0.1:9", tokenEnv: "NO_SUCH_TOKEN" }
      const configuration = configured(workspace, { name: "nameless", questions: 1, broker })
      const { code, stderr } = yield* smartsearch(["run", "rollout", ...configuration])
      assert.strictEqual(code, 1)
      assert.match(stderr, /^smartsearch: .*NO_SUCH_TOKEN.*\n$/)
    })
  )
})

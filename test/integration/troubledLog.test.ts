import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { assert, layer, vi } from "@effect/vitest"
import { Context, Effect, Layer, Schema, type Scope } from "effect"
import { testServer } from "../../runtime/event-log/testing/servers.ts"
import { configured, questionsEach } from "../support/configuration.ts"
import { buildAll } from "../support/datasets.ts"
import { exportEvents, ofType } from "../support/events.ts"
import { type Ended, patience } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

/** A log with a finished run in it, and its lines in a file. */
class Finished extends Context.Service<
  Finished,
  { readonly workspace: Workspace; readonly lines: ReadonlyArray<string> }
>()("test/troubledLog/Finished") {
  static readonly layer = Layer.effect(
    Finished,
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      yield* workspace.ok(["run", "rollout", "--run", "finished", ...questionsEach(2)])
      yield* exportEvents(workspace)
      const lines = readFileSync(workspace.path("events.ndjson"), "utf8").trimEnd().split("\n")
      return { workspace, lines }
    })
  )
}

const Stats = Schema.Struct({ events: Schema.Int })
const Letters = Schema.Array(
  Schema.Struct({
    id: Schema.Int,
    actor: Schema.String,
    eventType: Schema.String,
    attempts: Schema.Int,
    error: Schema.String
  })
)

/** A line as a program of another release, or a careless one, would have written it. */
const changed = (line: string | undefined, changes: object): string =>
  JSON.stringify({ ...JSON.parse(line ?? "{}"), ...changes })

/** A line made larger by so many bytes: another event. */
const padded = (line: string | undefined, bytes: number): string =>
  changed(line, { id: "f".repeat(32), data: { padding: "a".repeat(bytes) } })

/** The last line of what a command told, which is the reason it failed for. */
const reason = ({ stderr }: Ended): string => stderr.trimEnd().split("\n").at(-1) ?? ""

/** A retriever whose one document for a query with this word is larger than any event may be. */
const retrieverWithGiant = (word: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const server = createServer((request, response) => {
        let body = ""
        request.on("data", (chunk) => {
          body += chunk
        })
        request.on("end", () => {
          const contents = `"Page"\n${JSON.parse(body).query.includes(word) ? "a".repeat(5_000_000) : "Some text."}`
          response.end(JSON.stringify([[{ id: "p1", contents }], [1]]))
        })
      }).listen({ host: "127.0.0.1", port: 0 }, () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  ).pipe(
    Effect.map((server) => {
      const address = server.address()
      return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
    })
  )

layer(Finished.layer, { excludeTestServices: true, timeout: patience })("a troubled log", (it) => {
  it.effect("an export that was cut in the middle of a line is refused whole", () =>
    Effect.gen(function* () {
      const { workspace, lines } = yield* Finished
      const cut = workspace.withLog("cut")
      const file = workspace.path("cut.ndjson")
      writeFileSync(file, lines.slice(0, 30).join("\n").slice(0, -200))
      const ended = yield* cut.run(["log", "import", file])
      assert.deepStrictEqual([ended.code, ended.stdout], [1, ""])
      assert.strictEqual(reason(ended), `smartsearch: ${file}:30: no event: Expected a valid JSON string`)
      assert.deepStrictEqual(yield* cut.json(Stats, ["log", "stats"]), { events: 0 })
    })
  )

  it.effect("an event of 3 MB is refused by a server with the usual limit, before anything is stored", () =>
    Effect.gen(function* () {
      const { workspace, lines } = yield* Finished
      const { url } = yield* testServer()
      const file = workspace.path("large.ndjson")
      writeFileSync(file, [...lines.slice(0, 20), padded(lines[0], 3_000_000), ...lines.slice(20, 30)].join("\n"))
      const ended = yield* workspace.run(["log", "import", file, "--broker", url])
      assert.deepStrictEqual([ended.code, ended.stdout], [1, ""])
      assert.strictEqual(
        reason(ended),
        `smartsearch: ${file}:21: an event of 2.86 MiB exceeds the broker's limit of 1.00 MiB; raise max_payload on the server or shorten the event`
      )
      assert.deepStrictEqual(yield* workspace.json(Stats, ["log", "stats", "--broker", url]), { events: 0 })
    })
  )

  it.effect("the embedded server stores an event of 3 MB, and refuses one above 8 MiB", () =>
    Effect.gen(function* () {
      const { workspace, lines } = yield* Finished
      const large = workspace.withLog("large")
      const file = workspace.path("giant.ndjson")
      writeFileSync(file, padded(lines[0], 3_000_000))
      yield* large.ok(["log", "import", file])
      assert.deepStrictEqual(yield* large.json(Stats, ["log", "stats"]), { events: 1 })
      writeFileSync(file, padded(lines[0], 9_000_000))
      const ended = yield* large.run(["log", "import", file])
      assert.deepStrictEqual([ended.code, ended.stdout], [1, ""])
      assert.strictEqual(
        reason(ended),
        `smartsearch: ${file}:1: an event of 8.58 MiB exceeds the broker's limit of 8.00 MiB; raise max_payload on the server or shorten the event`
      )
    })
  )

  it.effect("a retriever's giant document parks its query with the limit, and the rest of the run goes on", () =>
    Effect.gen(function* () {
      const { workspace } = yield* Finished
      const url = yield* retrieverWithGiant("Wesson")
      const fed = workspace.withLog("fed")
      const retrieval = { retriever: { kind: "server", url } }
      const ended = yield* fed.run(["run", "rollout", ...configured(fed, { name: "fed", questions: 2, retrieval })])
      assert.strictEqual(ended.code, 1)
      assert.match(reason(ended), /^smartsearch: run "fed" ended with 0 failed and 1 parked trajectories; see /)
      const letters = yield* fed.json(Letters, ["dlq", "list"])
      assert.strictEqual(letters.length, 1)
      const [letter] = letters
      const id = String(letter?.id)
      assert.deepInclude(letter, { actor: "retrieval", eventType: "QueryIssued", attempts: 1 })
      assert.match(
        letter?.error ?? "",
        /^AppendError: .* an event of 9\.5\d MiB exceeds the broker's limit of 7\.99 MiB/
      )
      const { stdout } = yield* fed.ok(["dlq", "show", id])
      assert.include(stdout, '"type": "QueryIssued"')
      assert.include(stdout, "Wesson")
      yield* fed.ok(["dlq", "drop", id])
      assert.deepStrictEqual(yield* fed.json(Letters, ["dlq", "list"]), [])
      const gone = yield* fed.run(["dlq", "show", id])
      const told = `smartsearch: no dead letter ${id}; \`dlq list\` shows the ones there are\n`
      assert.deepStrictEqual([gone.code, gone.stderr], [1, told])
    })
  )

  it.effect("events of other releases are carried along and parked where somebody needs them", () =>
    Effect.gen(function* () {
      const { workspace, lines } = yield* Finished
      const mixed = workspace.withLog("mixed")
      const file = workspace.path("mixed.ndjson")
      const request = lines.find((line) => line.includes('"type":"RolloutRequested"'))
      const unknown = { id: "a".repeat(32), type: "QueryDreamt", dataschema: "urn:smartsearch:event:QueryDreamt:1" }
      const future = { id: "b".repeat(32), dataschema: "urn:smartsearch:event:RolloutRequested:99" }
      // Without its end, so that the actors take the run for one that they have to go on with.
      const unfinished = lines.filter((line) => !line.includes('"type":"RunCompleted"'))
      writeFileSync(file, [...unfinished, changed(request, unknown), changed(request, future)].join("\n"))
      yield* mixed.ok(["log", "import", file])

      const verified = yield* mixed.run(["log", "verify"])
      assert.deepStrictEqual([verified.code, reason(verified)], [1, "smartsearch: the log has 2 problems"])
      assert.include(verified.stderr, "this release knows no such event type; upgrade, or drop it")
      assert.include(verified.stderr, "version 99, but this release reads up to 1; upgrade")

      yield* mixed.ok(["run", "rollout", "--run", "next", ...questionsEach(1)])
      const letters = yield* mixed.json(Letters, ["dlq", "list"])
      assert.deepStrictEqual(letters, [
        {
          id: 1,
          actor: "agent-rollout",
          eventType: "RolloutRequested",
          attempts: 1,
          error: `event ${future.id} (RolloutRequested): version 99, but this release reads up to 1; upgrade`
        }
      ])
      const again = yield* mixed.ok(["log", "export", workspace.path("again.ndjson")])
      assert.include(again.stdout, "events in")
      const kept = readFileSync(workspace.path("again.ndjson"), "utf8").split("\n")
      assert.deepStrictEqual(kept.slice(0, unfinished.length + 2), readFileSync(file, "utf8").split("\n"))
      const options = ["--run", "finished"]
      assert.deepStrictEqual(
        yield* buildAll(mixed, "mixed-datasets", options),
        yield* buildAll(workspace, "datasets", options)
      )
    })
  )

  it.effect("a run's name is not used twice for different settings; a finished run is not done again", () =>
    Effect.gen(function* () {
      const { workspace, lines } = yield* Finished
      const other = yield* workspace.run(["run", "rollout", "--run", "finished", ...questionsEach(3)])
      assert.strictEqual(other.code, 1)
      assert.match(
        other.stderr,
        /^smartsearch: run "finished" is in the log with other settings \(\w{12}, now \w{12}\); give this one another name \(--run NAME\)\n$/
      )
      const same = yield* workspace.ok(["run", "rollout", "--run", "finished", ...questionsEach(2)])
      assert.include(same.stderr, 'Run "finished" is completed already; use --run NAME for another one.')
      const events = yield* exportEvents(workspace, "after.ndjson")
      assert.strictEqual(events.length - ofType(events, "DatasetBuilt").length, lines.length)
    })
  )

  it.effect("a dataset is not built into a folder that holds something else, nor from what is not there", () =>
    Effect.gen(function* () {
      const { workspace } = yield* Finished
      const folder = workspace.path("thesis")
      mkdirSync(folder)
      writeFileSync(workspace.path("thesis", "chapter1.md"), "Once upon a time")
      const into = yield* workspace.run(["datasets", "build", "sft", "--run", "finished", "--out", folder])
      assert.strictEqual(into.code, 1)
      assert.strictEqual(
        into.stderr,
        `smartsearch: can't write the dataset ${folder}: the folder holds something that is no dataset; choose another or empty it\n`
      )
      assert.deepStrictEqual(readdirSync(folder), ["chapter1.md"])

      const from = yield* workspace.run(["datasets", "build", "sft", "--run", "finnished", "--out", folder])
      assert.deepStrictEqual([from.code, from.stderr], [1, 'smartsearch: no run "finnished": the log has finished\n'])
      const nothing = yield* workspace.withLog("empty").run(["datasets", "build", "sft", "--out", folder])
      assert.deepStrictEqual([nothing.code, nothing.stderr], [1, "smartsearch: the log has no run yet\n"])
    })
  )

  it.effect("what is made of it is not written where nothing can be, which is told in one line", () =>
    Effect.gen(function* () {
      const { workspace } = yield* Finished
      const file = workspace.path("a-file")
      writeFileSync(file, "")
      const proc = "nothing can be made in /proc (ENOENT); choose a folder elsewhere"
      const inFile = `${file} is no folder; choose another one`
      const build = ["datasets", "build", "sft", "--run", "finished", "--out"]
      const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, says: string]> = [
        [[...build, "/proc/sft"], `can't write the dataset /proc/sft: ${proc}`],
        [[...build, `${file}/sft`], `can't write the dataset ${file}/sft: ${inFile}`],
        [[...build, file], `can't write the dataset ${file}: a file of that name stands there; choose another folder`],
        [["log", "export", "/proc/log.ndjson"], `/proc/log.ndjson: the export can't be written: ${proc}`],
        [["log", "export", `${file}/log.ndjson`], `${file}/log.ndjson: the export can't be written: ${inFile}`],
        [
          ["log", "export", workspace.folder],
          `${workspace.folder}: this is a folder; give the name of a file to write`
        ],
        [
          ["quickstart", "--real", "--set", `output.dir=${file}/out`],
          `the results can't be written to ${file}/out (output.dir): ${inFile}`
        ],
        [
          ["quickstart", "--set", `output.dir=${file}/out`],
          `the results can't be written to ${file}/out/atlas (output.dir): ${inFile}`
        ],
        [
          ["report", "finished", "--out", "/proc/report.html"],
          `the report can't be written to /proc/report.html: ${proc} (--out FILE)`
        ]
      ]
      for (const [args, says] of cases) {
        const ended = yield* workspace.run(args, { seconds: 20 })
        assert.deepStrictEqual([ended.code, ended.stdout, reason(ended)], [1, "", `smartsearch: ${says}`])
      }
    })
  )
})

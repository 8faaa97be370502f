import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect, Layer, Schema, type Scope } from "effect"
import { Broker } from "../../runtime/event-log/broker.ts"
import { EventLog } from "../../runtime/event-log/eventLog.ts"
import { type CommandOptions, type Ended, type Running, smartsearch, startSmartsearch } from "./smartsearch.ts"

/** A temporary folder with a log in it, and the command line over that log. */
export interface Workspace {
  readonly folder: string
  /** Folder of the log. */
  readonly dataDir: string
  readonly path: (...names: ReadonlyArray<string>) => string
  /** The same folder with another log. */
  readonly withLog: (name: string) => Workspace
  /** Runs a command to its end, whatever that is. */
  readonly run: (args: ReadonlyArray<string>, options?: CommandOptions) => Effect.Effect<Ended>
  /** Runs a command that must succeed. */
  readonly ok: (args: ReadonlyArray<string>, options?: CommandOptions) => Effect.Effect<Ended>
  /** The answer of a command with `--json`: the last line of its stdout, whatever its exit code is. */
  readonly json: <A>(schema: Schema.Codec<A, unknown>, args: ReadonlyArray<string>) => Effect.Effect<A>
  readonly start: (args: ReadonlyArray<string>, options?: CommandOptions) => Effect.Effect<Running, never, Scope.Scope>
  /** The log itself, in this process: shares the server of whoever has it, else starts one. */
  readonly log: Layer.Layer<EventLog | Broker>
}

/** A workspace that is gone when the scope closes. */
export const makeWorkspace: Effect.Effect<Workspace, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "smartsearch-test-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  ),
  (folder) => workspace(folder, "log")
)

const workspace = (folder: string, log: string): Workspace => {
  const dataDir = join(folder, log)
  const over = (args: ReadonlyArray<string>) => [...args, "--data-dir", dataDir]
  const run: Workspace["run"] = (args, options) => smartsearch(over(args), options)
  return {
    folder,
    dataDir,
    path: (...names) => join(folder, ...names),
    withLog: (name) => workspace(folder, name),
    run,
    ok: (args, options) =>
      Effect.tap(run(args, options), ({ code, stderr }) =>
        Effect.sync(() => assert.strictEqual(code, 0, `${args.join(" ")}: ${stderr}`))
      ),
    json: (schema, args) => Effect.map(run([...args, "--json"]), answerAs(schema)),
    start: (args, options) => startSmartsearch(over(args), options),
    log: EventLog.layer.pipe(Layer.provideMerge(Broker.layer({ kind: "embedded", dataDir })), Layer.orDie)
  }
}

/** Reads the last line of stdout. */
export const answerAs =
  <A>(schema: Schema.Codec<A, unknown>) =>
  ({ stdout, stderr }: Ended): A => {
    const line = stdout.trimEnd().split("\n").at(-1) ?? ""
    assert.notStrictEqual(line, "", `no answer: ${stderr}`)
    return Schema.decodeUnknownSync(Schema.fromJsonString(schema))(line)
  }

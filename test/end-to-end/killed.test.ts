import { globSync, readFileSync, statSync } from "node:fs"
import { assert, layer, vi } from "@effect/vitest"
import { Console, Context, Effect, Layer, Result, Schema } from "effect"
import { configured } from "../support/configuration.ts"
import { buildAll, type Digests } from "../support/datasets.ts"
import { modelAt, startPolicyServer } from "../support/policyServer.ts"
import { type Ended, eventually, patience, type Running } from "../support/smartsearch.ts"
import { answerAs, makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

const seed = 20_260_104
const kills = 20

/** Numbers from 0 to 1 that depend on the seed alone (a linear congruential generator). */
const randomFrom = (start: number): (() => number) => {
  let state = start >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Bytes of the log on disk: what was stored, whoever is alive. */
const bytesOf = ({ dataDir }: Workspace): number =>
  globSync("jetstream/*/streams/SMARTSEARCH/msgs/*.blk", { cwd: dataDir }).reduce(
    (sum, file) => sum + statSync(`${dataDir}/${file}`).size,
    0
  )

/** The embedded servers in the process group of a command. */
const serversOf = ({ pid }: Running): ReadonlyArray<number> =>
  globSync("[0-9]*/stat", { cwd: "/proc" }).flatMap((file) => {
    // A process may end while we look: its file is gone then.
    const stat = Result.getOrElse(
      Result.try(() => readFileSync(`/proc/${file}`, "utf8")),
      () => ""
    )
    const [, own, name, group] = /^(\d+) \((.*)\) \S+ \d+ (\d+) /.exec(stat) ?? []
    return name === "nats-server" && Number(group) === pid ? [Number(own)] : []
  })

const Report = Schema.Struct({ unreadable: Schema.Array(Schema.Json), problems: Schema.Array(Schema.String) })
const Performed = Schema.Struct({
  progress: Schema.Struct({ assessed: Schema.Int, expected: Schema.Int, parked: Schema.Int, failed: Schema.Int })
})

/** A run of some seconds, the command that performs it, and its datasets when nothing disturbs it. */
class Undisturbed extends Context.Service<
  Undisturbed,
  { readonly workspace: Workspace; readonly command: ReadonlyArray<string>; readonly datasets: Digests }
>()("test/killed/Undisturbed") {
  static readonly layer = Layer.effect(
    Undisturbed,
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const server = yield* startPolicyServer({ speaks: "sglang", latencyMs: 60 })
      const configuration = configured(workspace, {
        name: "killed",
        questions: 34,
        models: { policy: modelAt(server, "sglang", { timeout: "10 seconds" }) },
        policy: { model: "policy" },
        // Four at a time stretch the run.
        actors: { "agent-rollout": { concurrency: 4 } }
      })
      const command = ["run", "rollout", ...configuration]
      yield* workspace.ok(command)
      return { workspace, command, datasets: yield* buildAll(workspace, "undisturbed") }
    })
  )
}

/** What happened to the run left no trace in what came of it. */
const assertUndisturbed = Effect.fnUntraced(function* (disturbed: Workspace, performed: Ended, folder: string) {
  const { datasets } = yield* Undisturbed
  const { progress } = answerAs(Performed)(performed)
  const { assessed, expected, failed, parked } = progress
  assert.deepStrictEqual({ assessed, failed, parked }, { assessed: expected, failed: 0, parked: 0 })
  const report = yield* disturbed.json(Report, ["log", "verify"])
  assert.deepStrictEqual(report, { unreadable: [], problems: [] })
  assert.deepStrictEqual(yield* buildAll(disturbed, folder), datasets)
})

layer(Undisturbed.layer, { excludeTestServices: true, timeout: patience })("a run", (it) => {
  it.effect(`that is killed ${kills} times ends with the datasets of one that is left alone`, () =>
    Effect.gen(function* () {
      const { workspace, command } = yield* Undisturbed
      const disturbed = workspace.withLog("disturbed")
      const random = randomFrom(seed)
      const moments = Array.from({ length: kills }, () => Math.round(50 + 350 * random()))
      let unfinished = 0
      for (const [index, moment] of moments.entries()) {
        const before = bytesOf(disturbed)
        const run = yield* disturbed.start(command)
        yield* run.until("killed ")
        yield* eventually(() => bytesOf(disturbed) > before, 30)
        yield* Effect.sleep(moment)
        // Either the process alone, and its server ends in good order, or both at once.
        yield* index % 2 === 0 ? run.signal("SIGKILL") : run.killAll
        if ((yield* run.ended).signal === "SIGKILL") unfinished++
      }
      yield* Console.log(`killed ${moments.join(", ")} ms into the work (seed ${seed}); ${unfinished} were unfinished`)
      assert.isAtLeast(unfinished, kills - 4)
      yield* assertUndisturbed(disturbed, yield* disturbed.ok([...command, "--json"]), "disturbed-datasets")
    })
  )

  it.effect.each(["run rollout", "quickstart --real"])(
    "that is interrupted as %s says how to go on, which works",
    (name) =>
      Effect.gen(function* () {
        const { workspace, command } = yield* Undisturbed
        const interrupted = workspace.withLog(name.replace(" ", "-"))
        const args = [...name.split(" "), ...command.slice(2), "--set", `output.dir=${workspace.path("out")}`]
        const run = yield* interrupted.start(args)
        yield* run.until("killed ")
        yield* eventually(() => bytesOf(interrupted) > 0, 30)
        yield* run.signal("SIGINT")
        const { code, stdout, stderr } = yield* run.ended
        assert.deepStrictEqual([code, stdout], [130, ""])
        assert.strictEqual(
          stderr.trimEnd().split("\n").at(-1),
          'Run "killed" was interrupted; give the same command again to go on where it stands.'
        )
        const again = yield* interrupted.ok(args)
        assert.include(again.stderr, 'Run "killed" was interrupted: going on where it stood.\n')
        assert.deepStrictEqual(yield* buildAll(interrupted, `${name}-datasets`), (yield* Undisturbed).datasets)
      })
  )

  it.effect("whose broker is killed under it goes on with a new one, and ends with the same datasets", () =>
    Effect.gen(function* () {
      const { workspace, command } = yield* Undisturbed
      const bereft = workspace.withLog("bereft")
      const run = yield* bereft.start([...command, "--json"])
      for (const moment of [100, 700, 300]) {
        const before = bytesOf(bereft)
        yield* eventually(() => bytesOf(bereft) > before && serversOf(run).length === 1, 30)
        yield* Effect.sleep(moment)
        const [server = 0] = serversOf(run)
        process.kill(server, "SIGKILL")
      }
      yield* assertUndisturbed(bereft, yield* run.ended, "bereft-datasets")
    })
  )
})

import { globSync, statSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { Console, Effect, Schema } from "effect"
import { configured } from "../support/configuration.ts"
import { buildAll } from "../support/datasets.ts"
import { modelAt, startPolicyServer } from "../support/policyServer.ts"
import { eventually } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

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

const Report = Schema.Struct({ unreadable: Schema.Array(Schema.Json), problems: Schema.Array(Schema.String) })
const Performed = Schema.Struct({
  progress: Schema.Struct({ assessed: Schema.Int, expected: Schema.Int, parked: Schema.Int, failed: Schema.Int })
})

it.live(
  `a run that is killed ${kills} times ends with the datasets of one that is left alone`,
  () =>
    Effect.gen(function* () {
      const random = randomFrom(seed)
      const moments = Array.from({ length: kills }, () => Math.round(50 + 350 * random()))
      yield* Console.log(`killed at (ms into the work, seed ${seed}): ${moments.join(", ")}`)

      const undisturbed = yield* makeWorkspace
      const disturbed = undisturbed.withLog("disturbed")
      const server = yield* startPolicyServer({ speaks: "sglang", latencyMs: 60 })
      const configuration = configured(undisturbed, {
        name: "killed",
        questions: 34,
        models: { policy: modelAt(server, "sglang", { timeout: "10 seconds" }) },
        policy: { model: "policy" },
        // Four at a time stretch the run. One message may be in hands at many kills without being to blame for any.
        actors: Object.fromEntries(
          ["agent-rollout", "retrieval", "redundancy-checker", "reward-judge", "refiner"].map((actor) => [
            actor,
            { concurrency: actor === "agent-rollout" ? 4 : 64, ackWait: "1 second", maxDeliver: 50 }
          ])
        )
      })
      const command = ["run", "rollout", ...configuration]

      let unfinished = 0
      let grown = 0
      for (const [index, moment] of moments.entries()) {
        const before = bytesOf(disturbed)
        const run = yield* disturbed.start(command)
        yield* run.until("killed ")
        yield* eventually(() => bytesOf(disturbed) > before, 30)
        yield* Effect.sleep(moment)
        // Either the process alone, and its server ends in good order, or both at once.
        yield* index % 2 === 0 ? run.signal("SIGKILL") : run.killAll
        const { signal } = yield* run.ended
        if (signal === "SIGKILL") unfinished++
        if (bytesOf(disturbed) > before) grown++
      }
      assert.strictEqual(grown, kills)
      assert.isAtLeast(unfinished, kills - 4)

      const [performed] = yield* Effect.all([disturbed.json(Performed, command), undisturbed.ok(command)])
      const { assessed, expected, failed, parked } = performed.progress
      assert.deepStrictEqual({ assessed, failed, parked }, { assessed: expected, failed: 0, parked: 0 })
      const report = yield* disturbed.json(Report, ["log", "verify"])
      assert.deepStrictEqual(report, { unreadable: [], problems: [] })
      assert.deepStrictEqual(
        yield* buildAll(disturbed, "disturbed-datasets"),
        yield* buildAll(undisturbed, "undisturbed-datasets")
      )
    }),
  240_000
)

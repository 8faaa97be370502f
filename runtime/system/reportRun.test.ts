import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, layer, it as plain } from "@effect/vitest"
import { Effect } from "effect"
import { eventsOf } from "../../projections/testing/story.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { ownLog, temporaryFolder } from "../event-log/testing/servers.ts"
import { reportRun } from "./reportRun.ts"
import { outputFolderOf } from "./writePage.ts"

layer(ownLog, { excludeTestServices: true })("the report of a run", (it) => {
  it.effect("is the evaluation of that run alone", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.append(eventsOf({ run: "one", questions: [{ id: "q", trajectories: [{}, { answer: "silver" }] }] }))
      yield* log.append(eventsOf({ run: "two", questions: [{ id: "q", trajectories: [{}] }] }))
      const { figures, file } = yield* reportRun("one", join(yield* temporaryFolder, "one.html"))
      assert.deepStrictEqual([figures.overall.initial.n, figures.overall.initial.em], [2, 0.5])
      assert.include(readFileSync(file, "utf8"), "<h1>Evaluation of run one</h1>")
    })
  )

  it.effect("is refused while no trajectory of it has ended", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(reportRun("three", "/tmp/never.html"))
      assert.include(refused.message, 'no trajectory of run "three" has ended yet')
    })
  )
})

describe("the folder of a run's results", () => {
  plain("is named by the run's configuration, and is one in `out` where that says nothing", () => {
    assert.strictEqual(outputFolderOf({ output: { dir: "/srv/results" } }, "one"), "/srv/results/one")
    assert.strictEqual(outputFolderOf({}, "one"), join("out", "one"))
  })
})

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { curriculumEvents } from "../../../projections/curriculum/report/testing/curriculumLog.ts"
import { reportOf } from "../../../projections/curriculum/report/testing/reportOf.ts"
import { renderCurriculumReport } from "../../../projections/curriculum/report.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { ownLog, temporaryFolder } from "../../event-log/testing/servers.ts"
import { recordedCurricula, reportCurriculum } from "./reportCurriculum.ts"

layer(ownLog, { excludeTestServices: true })("the report of a curriculum in a log", (it) => {
  it.effect("lies in its folder, and tells of that curriculum alone what a fold of its events tells", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const folder = join(yield* temporaryFolder, "atlas")
      const events = curriculumEvents({ folder })
      yield* log.append(curriculumEvents({ name: "other", done: 12, rounds: 1 }))
      yield* log.append(events)
      const curricula = yield* recordedCurricula
      assert.deepStrictEqual([...curricula.keys()], ["other", "atlas"])
      const record = curricula.get("atlas")
      if (record === undefined) throw new Error("expected the curriculum")
      const { file, stages } = yield* reportCurriculum(record)
      assert.strictEqual(file, join(folder, "report.html"))
      assert.deepStrictEqual(
        stages.map(({ sets, stage }) => [stage, ...sets.map(({ set }) => set)]),
        ["base", "sft", "dpo", "grpo"].map((stage) => [stage, "true", "counterfactual"])
      )
      assert.strictEqual(readFileSync(file, "utf8"), renderCurriculumReport(reportOf(events)))
    })
  )

  it.effect("goes where it is told to, and says in a line when it can't", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const record = (yield* recordedCurricula).get("other")
      if (record === undefined) throw new Error("expected the curriculum")
      const { file } = yield* reportCurriculum(record, join(folder, "deep", "page.html"))
      assert.include(readFileSync(file, "utf8"), "<h1>Curriculum other</h1>")
      assert.strictEqual((yield* reportCurriculum(record, folder)).file, join(folder, "report.html"))
      const refused = yield* Effect.flip(reportCurriculum(record, join(file, "page.html")))
      assert.match(refused.message, /^the report can't be written to .*page\.html: .*is no folder; choose another one/)
    })
  )
})

import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { set } from "../support/configuration.ts"
import { exportEvents, ofType } from "../support/events.ts"
import { smallCurriculum } from "../support/smallCurriculum.ts"
import { patience } from "../support/smartsearch.ts"
import { answerAs, makeWorkspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

const Answer = Schema.Struct({
  stages: Schema.Array(Schema.Struct({ name: Schema.String, n: Schema.Natural })),
  student: Schema.Struct({ compared: Schema.Natural, agreement: Schema.Finite, kappa: Schema.NullOr(Schema.Finite) })
})

/** Enough to learn how a score is written, and a little of when to give which. */
const training = {
  learningRate: 1e-3,
  epochs: 9,
  maxSteps: 60,
  batchSize: 8,
  gradientAccumulation: 1,
  cutoffLength: 640
}

describe("a curriculum with a student judge", () => {
  it.live("teaches it first, tells how far it agrees with its teacher, and has it judge and refine in its stages", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const changes = { "training.student": JSON.stringify(training), "output.dir": workspace.path("out") }
      const ended = yield* workspace.ok(
        ["run", "curriculum", "--run", "taught", "--judge", "student", "--stages", "dpo", "--json"].concat(
          smallCurriculum,
          set(changes),
          set({ "curriculum.dpo.questions": 8, "curriculum.evaluation.1.limit": 1 })
        ),
        { seconds: patience / 1000 }
      )
      const { stages, student } = answerAs(Answer)(ended)
      assert.deepStrictEqual(
        stages.map(({ name }) => name),
        ["base", "dpo"]
      )
      assert.isTrue(student.compared > 0 && student.agreement >= 0 && student.agreement <= 1)
      assert.isTrue(Math.abs(student.kappa ?? 0) <= 1)
      assert.match(ended.stderr, /\nThe student agrees with its teacher on \d+\.\d % of \d+ held-out queries \(kappa /)

      const events = yield* exportEvents(workspace)
      const scores = ofType(events, "QueryScored").filter(({ data }) => data.scorer.name !== "novelty")
      const judges = new Map(
        [...Map.groupBy(scores, ({ runid }) => runid)].map(([runid, those]) => [
          runid,
          [...new Set(those.map(({ data }) => `${data.scorer.name} by ${data.evidence.exchange?.model ?? "a rule"}`))]
        ])
      )
      const byRule = ["usefulness by a rule"]
      assert.deepStrictEqual(judges.get("taught-dpo"), ["usefulness by student"])
      assert.sameMembers(judges.get("taught-student-agreement") ?? [], [...byRule, "student by student"])
      for (const run of ["taught-student", "taught-base-true", "taught-dpo-true"]) {
        assert.deepStrictEqual(judges.get(run), byRule, run)
      }
      const compared = scores.filter(
        ({ data, runid }) =>
          runid === "taught-student-agreement" && data.scorer.name === "student" && data.result.kind === "value"
      )
      assert.strictEqual(compared.length, student.compared)

      const refiners = ofType(events, "QueryRefined").map(({ data, runid }) => [runid, data.exchange?.model])
      assert.isTrue(refiners.some(([run, model]) => run === "taught-dpo" && model === "student"))
      for (const [run, model] of refiners) assert.strictEqual(model, run === "taught-dpo" ? "student" : undefined)
      const [taught] = ofType(events, "TrainingRequested").map(({ data }) => data)
      assert.deepStrictEqual([taught?.name, taught?.settings.maxSteps], ["taught-student", 60])
    }).pipe(Effect.scoped)
  )
})

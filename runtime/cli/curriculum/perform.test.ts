import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { makeEvent } from "../../../events/codec.ts"
import { actorSource } from "../../../events/ids.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { ownLog } from "../../event-log/testing/servers.ts"
import { now } from "../../now.ts"
import type { CurriculumPlan } from "../../system/curriculum/planCurriculum.ts"
import { startCurriculum } from "../../system/curriculum/startCurriculum.ts"
import { settingsAt, workplace } from "../../system/curriculum/testing/workplace.ts"
import { underFreeName } from "./perform.ts"

const begin = (plan: CurriculumPlan) => startCurriculum(plan, undefined)

const complete = Effect.fnUntraced(function* ({ name }: CurriculumPlan) {
  const log = yield* EventLog
  const source = actorSource("curriculum", "1")
  const context = {
    source,
    runid: name,
    causationid: `end of ${name}`,
    correlationid: name,
    ordinal: 0,
    time: yield* now
  }
  yield* log.append([makeEvent({ type: "CurriculumCompleted", subject: name, data: { policies: [] } }, context)])
})

layer(Layer.mergeAll(ownLog, NodeServices.layer, NodeHttpClient.layerUndici), { excludeTestServices: true })(
  "a curriculum without a name",
  (it) => {
    it.effect("gets the first free one, and goes on with what was begun with the same settings", () =>
      Effect.gen(function* () {
        const at = yield* workplace
        const free = Effect.fnUntraced(function* (...set: ReadonlyArray<string>) {
          return yield* underFreeName({ settings: yield* settingsAt(at, set), dryRun: false })
        })
        const first = yield* free()
        assert.strictEqual(first.name, "demo")
        yield* begin(first)
        assert.strictEqual((yield* free()).name, "demo")

        const otherwise = yield* free("run.seed=7")
        assert.deepStrictEqual([otherwise.name, otherwise.folder], ["demo-2", at("out", "demo-2")])
        yield* begin(otherwise)
        assert.strictEqual((yield* free()).name, "demo")
        assert.strictEqual((yield* free("run.seed=7")).name, "demo-2")

        yield* complete(first)
        const next = yield* free()
        assert.strictEqual(next.name, "demo-3")
        assert.isTrue(next.steps.every((step) => !("runId" in step) || step.runId.startsWith("demo-3-")))
        yield* complete(otherwise)
        assert.strictEqual((yield* free("run.seed=7")).name, "demo-3")
      })
    )
  }
)

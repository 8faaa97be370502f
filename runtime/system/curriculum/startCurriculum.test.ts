import { assert, layer } from "@effect/vitest"
import { Effect, Result } from "effect"
import { parseSettings } from "../../../config/parse.ts"
import type { CurriculumStep } from "../../../events/curriculum.ts"
import type { DataOf } from "../../../events/registry.ts"
import { EventLog } from "../../event-log/eventLog.ts"
import { ownLog } from "../../event-log/testing/servers.ts"
import type { CurriculumPlan } from "./planCurriculum.ts"
import { recordedCurricula } from "./reportCurriculum.ts"
import { startCurriculum } from "./startCurriculum.ts"

const text = `
run: { name: demo }
questions: [{ dataset: train, path: train.jsonl }]
retrieval: { retriever: { kind: bm25, corpus: corpus.jsonl } }
`

const steps: ReadonlyArray<CurriculumStep> = [
  { kind: "rollout", id: "sft-rollout", stage: "sft", round: 1, runId: "demo-sft" }
]

const plan = (name: string, hash: string): CurriculumPlan => ({
  ...{ name, hash, steps, engine: undefined, folder: `/out/${name}`, version: "1.2.3", config: { run: { name } } },
  settings: Result.getOrThrow(parseSettings({ text, file: "c.yaml", folder: "/p", workingFolder: "/p", set: [] })),
  policy: { folder: "/base", sha256: "ab" }
})

/** How a curriculum was started, if it was. */
const storedOf = (name: string): Effect.Effect<DataOf<"CurriculumStarted"> | undefined, unknown, EventLog> =>
  Effect.map(recordedCurricula, (known) => known.get(name)?.started)

layer(ownLog, { excludeTestServices: true })("the start of a curriculum", (it) => {
  it.effect("says with what it begins, and which steps it has", () =>
    Effect.gen(function* () {
      yield* startCurriculum(plan("first", "aa"), undefined)
      const { policy, steps: stored, config, configHash, software } = (yield* storedOf("first")) ?? {}
      assert.deepStrictEqual(
        [policy, stored, config],
        [{ folder: "/base", sha256: "ab" }, steps, { run: { name: "first" } }]
      )
      assert.deepStrictEqual([configHash, software], ["aa", { version: "1.2.3", node: process.version }])
    })
  )

  it.effect("is said once, whoever says it again with the same settings", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* startCurriculum(plan("twice", "aa"), undefined)
      const head = yield* log.head
      yield* startCurriculum(plan("twice", "aa"), yield* storedOf("twice"))
      // One that did not see the first: its event has the same id.
      yield* startCurriculum(plan("twice", "aa"), undefined)
      assert.strictEqual(yield* log.head, head)
    })
  )

  it.effect("is refused in one line under the name of another one", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* startCurriculum(plan("taken", "0123456789abcdef"), undefined)
      const head = yield* log.head
      const refused = yield* Effect.flip(startCurriculum(plan("taken", "fedcba9876543210"), yield* storedOf("taken")))
      assert.strictEqual(
        refused.message,
        'curriculum "taken" is in the log with other settings (0123456789ab, now fedcba987654); give this one another name (--run NAME)'
      )
      assert.strictEqual(yield* log.head, head)
    })
  )
})

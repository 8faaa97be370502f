import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { built } from "../testing/build.ts"
import { eventsOf, overridden, trajectoryIdAt } from "../testing/story.ts"
import { diffDatasets } from "./diffDatasets.ts"
import { sft } from "./sft.ts"
import { writeDataset } from "./writeDataset.ts"

const events = eventsOf({
  questions: ["a", "b"].map((id) => ({ id, trajectories: [{ rounds: [{ overlap: 1 }] }, {}] }))
})

const written = Effect.fnUntraced(function* (...args: [told?: typeof events, set?: ReadonlyArray<string>]) {
  const fs = yield* FileSystem.FileSystem
  const folder = `${yield* fs.makeTempDirectoryScoped()}/data`
  yield* writeDataset(folder, built(sft, args[0] ?? events, args[1] ?? []).dataset)
  return folder
})

const row = (question: string, sample: number) => `sft-${trajectoryIdAt(question, sample)}`

layer(NodeServices.layer)("comparing two datasets", (it) => {
  it.effect("finds nothing in two builds of the same decisions", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* diffDatasets(yield* written(), yield* written(events.toReversed())), {
        settings: [],
        onlyLeft: [],
        onlyRight: [],
        otherEvents: [],
        common: 4,
        otherFiles: []
      })
    })
  )

  it.effect("names the setting that was changed and the rows that it cost", () =>
    Effect.gen(function* () {
      const strict = yield* written(events, ["novelty.maxOverlap=0", "thresholds.usefulness=0.5"])
      const diff = yield* diffDatasets(yield* written(), strict)
      assert.deepStrictEqual(diff.settings, [
        { key: "novelty.maxOverlap", left: 1, right: 0 },
        { key: "thresholds.usefulness", left: undefined, right: 0.5 }
      ])
      assert.deepStrictEqual(diff.onlyLeft, [row("a", 0), row("b", 0)])
      assert.deepStrictEqual([diff.onlyRight, diff.common], [[], 2])
      assert.deepStrictEqual(diff.otherFiles, ["sft.alpaca.json", "lineage.jsonl"])
    })
  )

  it.effect("names rows that rest on other events", () =>
    Effect.gen(function* () {
      const confirmed = [...events, overridden({ question: "b", sample: 1, round: 1, scorer: "usefulness", score: 1 })]
      const diff = yield* diffDatasets(yield* written(), yield* written(confirmed))
      assert.deepStrictEqual([diff.otherEvents, diff.common], [[row("b", 1)], 3])
      assert.deepStrictEqual(diff.otherFiles, ["lineage.jsonl"])
    })
  )

  it.effect("says which folder is no dataset", () =>
    Effect.gen(function* () {
      const folder = yield* written()
      const error = yield* Effect.flip(diffDatasets(folder, "/nowhere"))
      assert.strictEqual(error.message, "/nowhere is no dataset: it has no manifest.json")
      yield* (yield* FileSystem.FileSystem).writeFileString(`${folder}/lineage.jsonl`, "{}\n")
      const broken = yield* Effect.flip(diffDatasets(folder, folder))
      assert.match(broken.message, /is no dataset: lineage\.jsonl: Missing key/)
    })
  )
})

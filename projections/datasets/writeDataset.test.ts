import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, Path } from "effect"
import { built } from "../testing/build.ts"
import { retold } from "../testing/random.ts"
import { eventsOf, trajectoryIdAt } from "../testing/story.ts"
import { configHashOf, readManifest } from "./manifest.ts"
import { rl } from "./rl.ts"
import { sft } from "./sft.ts"
import { writeDataset } from "./writeDataset.ts"

const events = eventsOf({
  questions: ["a", "b", "c"].map((id) => ({ id, trajectories: [{ rounds: [{ overlap: 1 }] }, {}] }))
})

const contentsOf = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = (yield* fs.readDirectory(folder)).sort()
  const files = yield* Effect.forEach(names, (name) => fs.readFile(path.join(folder, name)))
  return new Map(names.map((name, i) => [name, Buffer.from(files[i] ?? []).toString("base64")]))
})

/** A folder that does not exist yet, in one that is removed after the test. */
const newFolder = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  return path.join(yield* fs.makeTempDirectoryScoped(), "data", "sft")
})

layer(NodeServices.layer)("writing a dataset", (it) => {
  describe("what is written", () => {
    it.effect("is the data, what LLaMA-Factory must know, the lineage and the manifest", () =>
      Effect.gen(function* () {
        const folder = yield* newFolder
        const { dataset } = built(sft, events, ["novelty.maxOverlap=0"])
        const manifest = yield* writeDataset(folder, dataset)
        assert.deepStrictEqual(
          [...(yield* contentsOf(folder)).keys()],
          ["dataset_info.json", "lineage.jsonl", "manifest.json", "sft.alpaca.json"]
        )
        assert.deepStrictEqual(yield* readManifest(folder), manifest)
        assert.deepInclude(manifest, {
          kind: "sft",
          format: "alpaca",
          projection: { name: "sft", version: sft.version },
          runs: ["run"],
          firstSequence: 1,
          lastSequence: events.length,
          rows: 3,
          configHash: configHashOf(dataset.config)
        })
        assert.deepStrictEqual(
          manifest.files.map(({ name, rows }) => [name, rows]),
          [
            ["sft.alpaca.json", 3],
            ["dataset_info.json", undefined],
            ["lineage.jsonl", 3]
          ]
        )
      })
    )

    it.effect("names for every row the trajectories, queries and events it came from", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* newFolder
        yield* writeDataset(folder, built(sft, events, ["novelty.maxOverlap=0"]).dataset)
        const [first] = (yield* fs.readFileString(`${folder}/lineage.jsonl`)).split("\n")
        const trajectory = trajectoryIdAt("a", 1)
        const of = (type: string) =>
          events
            .filter((event) => event.type === type && JSON.stringify(event.data).includes(trajectory))
            .map(({ id }) => id)
        assert.deepStrictEqual(JSON.parse(first ?? ""), {
          id: `sft-${trajectory}`,
          trajectories: [trajectory],
          queries: [`${trajectory}:1`],
          events: [...of("TrajectoryCompleted"), ...of("QueryScored")]
        })
      })
    )

    it.effect("is the same but for the manifest when the log told it in another order and more often", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* newFolder, yield* newFolder]
        const formats = ["alpaca", "sharegpt", "messages", "trl", "jsonl"]
        yield* writeDataset(one, built(sft, events, [], formats).dataset)
        yield* writeDataset(other, built(sft, retold(events, 7), [], formats).dataset)
        const [mine, theirs] = [yield* contentsOf(one), yield* contentsOf(other)]
        assert.notStrictEqual(mine.get("manifest.json"), theirs.get("manifest.json"))
        assert.isTrue(mine.delete("manifest.json") && theirs.delete("manifest.json"))
        assert.deepStrictEqual(mine, theirs)
      })
    )

    it.effect("can be in several formats at once, with one dataset_info.json", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* newFolder
        const manifest = yield* writeDataset(folder, built(sft, events, [], ["alpaca", "sharegpt"]).dataset)
        assert.strictEqual(manifest.format, "alpaca+sharegpt")
        const info = JSON.parse(yield* fs.readFileString(`${folder}/dataset_info.json`))
        assert.deepStrictEqual(Object.keys(info), ["smartsearch_sft", "smartsearch_sft_sharegpt"])
        assert.strictEqual((yield* writeDataset(folder, built(rl, events).dataset)).format, "jsonl+verl")
      })
    )
  })

  describe("what stands in its place", () => {
    it.effect("is replaced when it is a dataset, and nothing is left over", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const folder = yield* newFolder
        yield* writeDataset(folder, built(sft, events, [], ["messages"]).dataset)
        yield* writeDataset(folder, built(sft, events, [], ["trl"]).dataset)
        assert.deepStrictEqual(
          [...(yield* contentsOf(folder)).keys()],
          ["lineage.jsonl", "manifest.json", "sft.trl.jsonl"]
        )
        assert.deepStrictEqual(yield* fs.readDirectory(path.dirname(folder)), ["sft"])
      })
    )

    it.effect("is replaced when it is an empty folder", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* newFolder
        yield* fs.makeDirectory(folder, { recursive: true })
        assert.strictEqual((yield* writeDataset(folder, built(sft, events).dataset)).rows, 6)
      })
    )

    it.effect("stays untouched when it is anything else", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const folder = yield* newFolder
        yield* fs.makeDirectory(folder, { recursive: true })
        yield* fs.writeFileString(path.join(folder, "thesis.tex"), "ten years of work")
        const error = yield* writeDataset(folder, built(sft, events).dataset).pipe(Effect.flip)
        assert.strictEqual(error.reason, "occupied")
        assert.match(error.message, /the folder holds something that is no dataset/)
        assert.deepStrictEqual([...(yield* contentsOf(folder)).keys()], ["thesis.tex"])
        const inFile = yield* writeDataset(path.join(folder, "thesis.tex"), built(sft, events).dataset).pipe(
          Effect.flip
        )
        assert.match(inFile.message, /a file of that name stands there/)
        assert.strictEqual(yield* fs.readFileString(path.join(folder, "thesis.tex")), "ten years of work")
      })
    )

    it.effect("comes back, and nothing is left over, when a file can't be written", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const folder = yield* newFolder
        yield* writeDataset(folder, built(sft, events).dataset)
        const before = yield* contentsOf(folder)
        const { dataset } = built(sft, events)
        const clash = dataset.formats.flatMap((named) => [named, named])
        const error = yield* writeDataset(folder, { ...dataset, formats: clash }).pipe(Effect.flip)
        assert.strictEqual(error.reason, "disk")
        assert.deepStrictEqual(yield* contentsOf(folder), before)
        assert.deepStrictEqual(yield* fs.readDirectory(path.dirname(folder)), ["sft"])
      })
    )
  })
})

import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { built } from "../testing/build.ts"
import { eventsOf } from "../testing/story.ts"
import { rl } from "./rl.ts"
import { sft } from "./sft.ts"
import { verifyDataset } from "./verifyDataset.ts"
import { writeDataset } from "./writeDataset.ts"

const events = eventsOf({ questions: ["a", "b", "c"].map((id) => ({ id, trajectories: [{}] })) })
const everyFormat = ["alpaca", "sharegpt", "messages", "trl", "jsonl"]

/** A written dataset, and what can be done to it. */
const dataset = Effect.fnUntraced(function* (kind: "sft" | "rl", formats: ReadonlyArray<string> = everyFormat) {
  const fs = yield* FileSystem.FileSystem
  const folder = `${yield* fs.makeTempDirectoryScoped()}/data`
  yield* kind === "rl"
    ? writeDataset(folder, built(rl, events).dataset)
    : writeDataset(folder, built(sft, events, [], formats).dataset)
  const edit = (file: string, change: (text: string) => string) =>
    Effect.flatMap(fs.readFileString(`${folder}/${file}`), (text) =>
      fs.writeFileString(`${folder}/${file}`, change(text))
    )
  const flip = Effect.fnUntraced(function* (file: string, at: number) {
    const bytes = yield* fs.readFile(`${folder}/${file}`)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    yield* fs.writeFile(`${folder}/${file}`, bytes)
  })
  const problems = Effect.map(verifyDataset(folder), (verification) =>
    verification.problems.map(({ file, problem }) => `${file}: ${problem}`)
  )
  return { folder, edit, flip, problems, remove: (file: string) => fs.remove(`${folder}/${file}`) }
})

layer(NodeServices.layer)("verifying a dataset", (it) => {
  it.effect("finds nothing wrong with one as it was written, in any format", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* (yield* dataset("sft")).problems, [])
      assert.deepStrictEqual(yield* (yield* dataset("rl")).problems, [])
    })
  )

  it.effect("finds a flipped bit in any file", () =>
    Effect.gen(function* () {
      const { problems, flip } = yield* dataset("sft", ["messages"])
      yield* flip("sft.messages.jsonl", 50)
      const [problem, ...others] = yield* problems
      assert.match(problem ?? "", /^sft\.messages\.jsonl: sha256 [0-9a-f]{64}, but the manifest says [0-9a-f]{64}$/)
      assert.deepStrictEqual(others, [])
    })
  )

  it.effect("finds a parquet file cut short", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { problems, folder } = yield* dataset("rl")
      yield* fs.truncate(`${folder}/rl.verl.parquet`, 100)
      const found = yield* problems
      assert.lengthOf(found, 4)
      assert.match(found.join("\n"), /rl\.verl\.parquet: 100 bytes, but the manifest says/)
      assert.match(found.join("\n"), /rl\.verl\.parquet: no readable parquet file: /)
    })
  )

  it.effect("finds a missing row, a broken row and a missing file", () =>
    Effect.gen(function* () {
      const { problems, edit, remove } = yield* dataset("sft")
      yield* edit("sft.messages.jsonl", (text) => text.slice(text.indexOf("\n") + 1))
      yield* edit("sft.alpaca.json", (text) => text.replace("instruction", 'instruc"tion'))
      yield* remove("sft.jsonl")
      const found = (yield* problems).join("\n")
      assert.match(found, /sft\.messages\.jsonl: 2 rows, but the manifest says 3/)
      assert.match(found, /sft\.alpaca\.json: line 2 is no JSON/)
      assert.match(found, /sft\.jsonl: missing/)
    })
  )

  it.effect("finds rows without lineage, or with that of another row", () =>
    Effect.gen(function* () {
      const { problems, edit } = yield* dataset("sft", ["messages"])
      yield* edit("lineage.jsonl", (text) => {
        const [first = "", second = ""] = text.split("\n")
        return [first, first, second.replace(/"events":\[[^\]]*\]/, '"events":[]')].join("\n")
      })
      const found = (yield* problems).join("\n")
      assert.match(found, /lineage\.jsonl: line 2: row sft-t[0-9a-f]+ again/)
      assert.match(found, /lineage\.jsonl: line 3: .*events/)
    })
  )

  it.effect("finds a manifest that contradicts itself", () =>
    Effect.gen(function* () {
      const { problems, edit } = yield* dataset("sft", ["messages"])
      yield* edit("manifest.json", (text) => text.replace('"maxOverlap": 1', '"maxOverlap": 0'))
      assert.match(
        (yield* problems)[0] ?? "",
        /^manifest\.json: configHash is [0-9a-f]+, but its config has [0-9a-f]+$/
      )
      yield* edit("manifest.json", (text) =>
        text.replace('"maxOverlap": 0', '"maxOverlap": 1').replace('"rows": 3', '"rows": 4')
      )
      assert.deepStrictEqual(yield* problems, [
        "manifest.json: the dataset has 4 rows, but sft.messages.jsonl 3",
        "manifest.json: the dataset has 4 rows, but lineage.jsonl 3"
      ])
    })
  )

  it.effect("says that a folder without a manifest is no dataset", () =>
    Effect.gen(function* () {
      const { folder, remove, edit } = yield* dataset("sft", ["messages"])
      yield* edit("manifest.json", () => "{}")
      assert.match(
        (yield* Effect.flip(verifyDataset(folder))).message,
        /is no dataset: manifest\.json: .*manifestVersion/
      )
      yield* remove("manifest.json")
      assert.match((yield* Effect.flip(verifyDataset(folder))).message, /is no dataset: it has no manifest\.json$/)
    })
  )
})

import { describe, expect, it } from "@effect/vitest"
import { parquetMetadata, parquetReadObjects, parquetSchema, type SchemaTree } from "hyparquet"
import { rl } from "../datasets/rl.ts"
import { built } from "../testing/build.ts"
import { eventsOf, storySettings } from "../testing/story.ts"
import { searchFunctions, searchSource } from "./searchFunction.ts"
import { verlParquet } from "./verl.ts"

const rowsOf = (questions: number) =>
  built(
    rl,
    eventsOf({
      questions: Array.from({ length: questions }, (_, i) => ({
        id: `q${String(i).padStart(5, "0")}`,
        golden: i === 1 ? ["one", "Zürich 東京"] : ["gold"],
        trajectories: [{}]
      }))
    }),
    ["groupSize=1"]
  ).rows

const file = (...args: Parameters<typeof verlParquet>): ArrayBuffer => {
  const bytes = Buffer.concat([...verlParquet(...args)])
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
}

const shape = (node: SchemaTree): string =>
  node.children.length === 0
    ? `${node.element.name}:${node.element.converted_type ?? node.element.type}`
    : `${node.element.name}(${node.children.map(shape).join(" ")})`

describe("the parquet file for verl", () => {
  it("gives back what was written", async () => {
    const rows = await parquetReadObjects({ file: file(rowsOf(2)) })
    expect(rows).toHaveLength(2)
    expect(rows[1]).toEqual({
      data_source: "demo",
      prompt: [
        { role: "system", content: storySettings.system },
        { role: "user", content: "What is q00001?" }
      ],
      question: "What is q00001?",
      ability: "search",
      reward_model: { style: "rule", ground_truth: ["one", "Zürich 東京"] },
      extra_info: {
        index: 1n,
        question_id: "q00001",
        env: searchSource,
        func_schemas: JSON.stringify(searchFunctions)
      }
    })
  })

  it("nests lists and structs as pyarrow does", () => {
    expect(shape(parquetSchema(parquetMetadata(file(rowsOf(1)))))).toBe(
      "root(data_source:UTF8 prompt(list(element(role:UTF8 content:UTF8))) question:UTF8 ability:UTF8 " +
        "reward_model(style:UTF8 ground_truth(list(element:UTF8))) " +
        "extra_info(index:INT64 question_id:UTF8 env:UTF8 func_schemas:UTF8))"
    )
  })

  it("has several row groups when it is large, and the same bytes each time", async () => {
    const rows = rowsOf(2500)
    const bytes = file(rows)
    expect(parquetMetadata(bytes).row_groups.map(({ num_rows }) => num_rows)).toEqual([1000n, 1000n, 500n])
    expect(Buffer.from(file(rows)).equals(Buffer.from(bytes))).toBe(true)
    const read = await parquetReadObjects({ file: bytes, columns: ["extra_info"] })
    expect(read.map((row) => Number(row.extra_info.index))).toEqual(rows.map((_, i) => i))
  })

  it("can be empty", async () => {
    expect(await parquetReadObjects({ file: file([]) })).toEqual([])
  })
})

import type { SchemaElement } from "hyparquet"
import { ByteWriter, ParquetWriter } from "hyparquet-writer"

/** A column of a parquet file: its schema as elements in depth-first order, and its value in a row. */
export interface Column<Row> {
  readonly schema: readonly [SchemaElement, ...ReadonlyArray<SchemaElement>]
  readonly value: (row: Row, index: number) => unknown
}

/** A string, never null. */
export const text = (name: string): SchemaElement => ({
  name,
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
  repetition_type: "REQUIRED"
})

export const int64 = (name: string): SchemaElement => ({ name, type: "INT64", repetition_type: "REQUIRED" })

type Elements = readonly [SchemaElement, ...ReadonlyArray<SchemaElement>]

/** A struct of the given fields. */
export const struct = (name: string, ...fields: ReadonlyArray<Elements>): Elements => [
  { name, repetition_type: "REQUIRED", num_children: fields.length },
  ...fields.flat()
]

/** A list, in the three levels that pyarrow writes. */
export const list = (name: string, [element, ...inner]: Elements): Elements => [
  { name, repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { ...element, name: "element" },
  ...inner
]

const rowsInGroup = 1000

/** The bytes of a parquet file, one row group after the other. */
export const parquetFile = function* <Row>(
  rows: Iterable<Row>,
  columns: ReadonlyArray<Column<Row>>
): Iterable<Uint8Array> {
  const writer = new ByteWriter()
  const schema = [{ name: "root", num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)]
  const parquet = new ParquetWriter({ writer, schema, createdBy: "smartsearch" })
  let written = 0
  for (const group of chunksOf(rows, rowsInGroup)) {
    const first = written
    parquet.write({
      rowGroupSize: rowsInGroup,
      columnData: columns.map(({ schema: [{ name }], value }) => ({
        name,
        data: group.map((row, i) => value(row, first + i))
      }))
    })
    written += group.length
    yield take(writer)
  }
  parquet.finish()
  yield take(writer)
}

/** What was written since the last time; the writer goes on counting offsets from the beginning of the file. */
const take = (writer: ByteWriter): Uint8Array => {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}

const chunksOf = function* <Row>(rows: Iterable<Row>, size: number): Iterable<ReadonlyArray<Row>> {
  let chunk: Array<Row> = []
  for (const row of rows) {
    chunk.push(row)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

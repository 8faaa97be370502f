import type { DatasetRow } from "./dataset.ts"
import type { NamedFormat } from "./formats.ts"

/** A row as the files of its dataset hold it: plain data that another thread can send. */
export interface RenderedRow extends DatasetRow {
  /** Its text in each of the dataset's formats. */
  readonly texts: ReadonlyArray<string>
}

export const renderRow = <Row extends DatasetRow>(row: Row, formats: ReadonlyArray<NamedFormat<Row>>): RenderedRow => ({
  id: row.id,
  place: row.place,
  lineage: row.lineage,
  texts: formats.map(({ format }) => format.text(row))
})

/** The formats as formats of rows that were rendered in them. */
export const formatsOfRendered = <Row>(
  formats: ReadonlyArray<NamedFormat<Row>>
): ReadonlyArray<NamedFormat<RenderedRow>> =>
  formats.map(({ format, name }, i) => ({ name, format: { ...format, text: ({ texts }) => texts[i] ?? "" } }))

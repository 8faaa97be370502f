/** How the rows of a dataset become a file. */
export interface Format<Row> {
  /** The data file's name in the dataset's folder. */
  readonly file: string
  /** A row by itself, so that threads can share the work. */
  readonly text: (row: Row) => string
  /** The file that holds the rows of these texts, piece by piece, so that no dataset need fit into one string. */
  readonly assemble: (texts: Iterable<string>) => Iterable<string | Uint8Array>
  /** What LLaMA-Factory must be told about the file, by the dataset's name there: an entry of `dataset_info.json`. */
  readonly datasetInfo?: Readonly<Record<string, DatasetInfo>>
}

/** The file of a format, piece by piece. The same rows give the same bytes. */
export const encode = <Row>({ assemble, text }: Format<Row>, rows: Iterable<Row>): Iterable<string | Uint8Array> =>
  assemble(mapped(rows, text))

/** The same function of each, one after the other. */
export const mapped = function* <A, B>(values: Iterable<A>, make: (value: A) => B): Iterable<B> {
  for (const value of values) yield make(value)
}

/** An entry of LLaMA-Factory's `dataset_info.json`. */
export interface DatasetInfo {
  readonly file_name: string
  readonly formatting: "alpaca" | "sharegpt"
  /** Whether the rows are preferences. */
  readonly ranking?: true
  /** LLaMA-Factory's names for what the rows hold, and the rows' own names. */
  readonly columns: Readonly<Record<string, string>>
}

/** The file in which LLaMA-Factory looks datasets up. */
export const datasetInfoFile = "dataset_info.json"

/** The texts of a format whose rows are JSON. */
export const jsonText =
  <Row>(value: (row: Row) => object) =>
  (row: Row): string =>
    JSON.stringify(value(row))

/** One text a line. */
export const lines = function* (texts: Iterable<string>): Iterable<string> {
  for (const text of texts) {
    yield text
    yield "\n"
  }
}

/** One JSON array with one element a line. */
export const jsonArray = function* (texts: Iterable<string>): Iterable<string> {
  let opening = "[\n"
  for (const text of texts) {
    yield opening
    yield text
    opening = ",\n"
  }
  yield opening === "[\n" ? "[]\n" : "\n]\n"
}

/** How the rows of a dataset become a file. */
export interface Format<Row> {
  /** The data file's name in the dataset's folder. */
  readonly file: string
  /** The file piece by piece, so that no dataset need fit into one string. The same rows give the same bytes. */
  readonly encode: (rows: Iterable<Row>) => Iterable<string | Uint8Array>
  /** What LLaMA-Factory must be told about the file, by the dataset's name there: an entry of `dataset_info.json`. */
  readonly datasetInfo?: Readonly<Record<string, DatasetInfo>>
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

/** One JSON value a line. */
export const jsonLines = function* <Row>(rows: Iterable<Row>, value: (row: Row) => object): Iterable<string> {
  for (const row of rows) yield `${JSON.stringify(value(row))}\n`
}

/** One JSON array with one element a line. */
export const jsonArray = function* <Row>(rows: Iterable<Row>, value: (row: Row) => object): Iterable<string> {
  let opening = "[\n"
  for (const row of rows) {
    yield `${opening}${JSON.stringify(value(row))}`
    opening = ",\n"
  }
  yield opening === "[\n" ? "[]\n" : "\n]\n"
}

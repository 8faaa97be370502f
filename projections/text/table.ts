import { displayWidth, pad } from "./displayWidth.ts"

/** One column of a table of `Row`s. */
export interface Column<Row> {
  readonly title: string
  readonly align: "left" | "right"
  readonly cell: (row: Row) => string
}

/** A table for terminals: columns two blanks apart, a rule under the titles, no blanks at the ends of lines. */
export const plainTable = <Row>(columns: ReadonlyArray<Column<Row>>, rows: ReadonlyArray<Row>): string => {
  const { titles, body, widths } = layOut(columns, rows)
  const line = (cells: ReadonlyArray<string>) =>
    cells
      .map((cell, i) => pad(cell, widths[i] ?? 0, columns[i]?.align))
      .join("  ")
      .trimEnd()
  return [line(titles), widths.map((width) => "─".repeat(width)).join("  "), ...body.map(line)].join("\n")
}

/** The same table in Markdown (GitHub's dialect), readable as it stands. */
export const markdownTable = <Row>(columns: ReadonlyArray<Column<Row>>, rows: ReadonlyArray<Row>): string => {
  const escaped = columns.map((column) => ({ ...column, cell: (row: Row) => escapeMarkdown(column.cell(row)) }))
  const { titles, body, widths } = layOut(escaped, rows, 3)
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell, i) => pad(cell, widths[i] ?? 0, columns[i]?.align)).join(" | ")} |`
  const rule = widths.map((width, i) =>
    columns[i]?.align === "right" ? `${"-".repeat(width - 1)}:` : "-".repeat(width)
  )
  return [line(titles), `| ${rule.join(" | ")} |`, ...body.map(line)].join("\n")
}

const layOut = <Row>(columns: ReadonlyArray<Column<Row>>, rows: ReadonlyArray<Row>, narrowest = 0) => {
  const titles = columns.map(({ title }) => title)
  const body = rows.map((row) => columns.map(({ cell }) => cell(row).replace(/\s*\n\s*/g, " ")))
  const widths = columns.map((_, i) =>
    Math.max(narrowest, ...[titles, ...body].map((cells) => displayWidth(cells[i] ?? "")))
  )
  return { titles, body, widths }
}

const escapeMarkdown = (text: string): string => text.replace(/[\\|]/g, "\\$&")

import { displayWidth, pad } from "./displayWidth.ts"
import { wrap } from "./wrap.ts"

/** A name and what is to be said under it. */
export type Field = readonly [name: string, text: string]

/** Names in one column, texts wrapped in another; `columns` is the width of both together. Lines end without blanks. */
export const renderFields = (fields: ReadonlyArray<Field>, columns: number, indent = 0): string => {
  const names = Math.max(0, ...fields.map(([name]) => displayWidth(name))) + 2
  const margin = " ".repeat(indent)
  return fields
    .flatMap(([name, text]) =>
      wrap(text, columns - indent - names).map((line, i) => margin + pad(i === 0 ? name : "", names) + line)
    )
    .map((line) => line.trimEnd())
    .join("\n")
}

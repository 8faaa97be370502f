import { readFileSync } from "node:fs"
import { Result, Schema } from "effect"
import { findingsOf } from "../../../config/issues.ts"
import { ModelFolderError, onDisk } from "./folderError.ts"

declare global {
  interface JSON {
    /** A value that is stringified as this text (https://tc39.es/proposal-json-parse-with-source). */
    rawJSON(text: string): unknown
  }
}

/** The text of a file. */
export const readText = (file: string): string => onDisk(file, () => readFileSync(file, "utf8"))

/** The text of a file; undefined when it is not there. */
export const textIfThere = (file: string): string | undefined =>
  onDisk(file, () => {
    try {
      return readFileSync(file, "utf8")
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined
      throw cause
    }
  })

/** A reader of JSON texts of a schema; what does not fit is thrown as a `ModelFolderError` that names file and key. */
export const jsonReader = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (file: string, text: string): S["Type"] =>
    Result.getOrElse(decode(parsed(file, text)), ({ issue }) => {
      const detail = findingsOf(issue)
        .map(({ message }) => message)
        .join("; ")
      throw new ModelFolderError({ file, detail })
    })
}

const parsed = (file: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ModelFolderError({ file, detail: `is no JSON: ${cause instanceof Error ? cause.message : cause}` })
  }
}

/** A number that other programs must read as a float: with a decimal point, which Transformers insists on. */
export const float = (value: number): unknown => {
  const text = String(value)
  return JSON.rawJSON(/^-?\d+$/.test(text) ? `${text}.0` : text)
}

/**
 * A JSON text for people and programs, indented: the keys of an earlier text in their order, of which some get other values,
 * then what is new. Numbers that stay are written as they were, `0.0` with its point.
 */
export const amended = (earlier: string | undefined, changes: Readonly<Record<string, unknown>>): string => {
  const kept: unknown = earlier === undefined ? {} : JSON.parse(earlier, asWritten)
  return `${JSON.stringify({ ...(typeof kept === "object" ? kept : {}), ...changes }, null, 2)}\n`
}

const asWritten = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" && context?.source !== undefined ? JSON.rawJSON(context.source) : value

import { Result } from "effect"
import { type KeyPath, readDocument } from "./document.ts"
import type { Problem } from "./problems.ts"

/** The option that changes one value of the configuration from the command line. */
export const overrideOption = "--set"

/** A value that takes the place of whatever the file says at `path`. */
export interface Override {
  readonly path: KeyPath
  readonly value: unknown
}

/**
 * Reads `a.b=value`. A segment in double quotes may hold dots, a number is a place in a list; the value is YAML in one line:
 * `true`, `5`, `text`, `[a, b]`, `{kind: evidence}`.
 */
export const parseOverride = (text: string): Result.Result<Override, Problem> => {
  const match = /^((?:"[^"]+"|[^."=]+)(?:\.(?:"[^"]+"|[^."=]+))*)=(.*)$/s.exec(text)
  if (match === null) {
    return Result.fail({ where: overrideOption, message: `expected key.key=value, got ${JSON.stringify(text)}` })
  }
  const [, keys = "", written = ""] = match
  const path = Array.from(keys.matchAll(/"([^"]+)"|[^.]+/g), ([segment, quoted]) => quoted ?? segment)
  return readDocument(written, overrideOption).pipe(
    Result.map(({ value }) => ({ path, value })),
    Result.mapError(([problem]) => ({
      where: overrideOption,
      message: `${keys}: the value is not YAML: ${problem?.message ?? "unreadable"}`
    }))
  )
}

/** The value with the override in its place; mappings on the way there are made where they are missing. */
export const applyOverride = (value: unknown, { path, value: replacement }: Override): unknown => {
  const [segment, ...rest] = path
  if (segment === undefined) return replacement
  if (Array.isArray(value)) {
    const index = Number(segment)
    if (Number.isInteger(index) && index >= 0 && index <= value.length) {
      return value.toSpliced(index, 1, applyOverride(value[index], { path: rest, value: replacement }))
    }
  }
  const mapping = isMapping(value) ? value : {}
  const inner = Object.hasOwn(mapping, segment) ? mapping[segment] : undefined
  return { ...mapping, [segment]: applyOverride(inner, { path: rest, value: replacement }) }
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

import { Result } from "effect"
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml"
import type { Problem } from "./problems.ts"

/** A YAML file as plain values that still know where they were written. */

export type KeyPath = ReadonlyArray<string | number>

/** A place in the text; both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface ConfigDocument {
  readonly value: unknown
  /** Where the key (or list item) at `path` is written; the closest one around it when nothing is written there. */
  readonly positionOf: (path: KeyPath) => Position
  /** Whether something is written at `path`. */
  readonly has: (path: KeyPath) => boolean
}

/** Reads YAML 1.2. Fails with every syntax error: broken structure, a key given twice, an unknown tag or alias. */
export const readDocument = (text: string, file: string): Result.Result<ConfigDocument, ReadonlyArray<Problem>> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    where: place(file, at(error.pos[0])),
    message: error.message.split("\n")[0] ?? error.code
  }))
  if (problems.length > 0) return Result.fail(problems)
  const find = (path: KeyPath) => findNode(document, path)
  return Result.map(plain(document, file), (value) => ({
    value,
    positionOf: (path) => at(find(path).offset),
    has: (path) => find(path).depth === path.length
  }))
}

export const place = (file: string, { line, column }: Position): string => `${file}:${line}:${column}`

/** Aliases that multiply without bound are refused while the values are built. */
const plain = (document: Document, file: string): Result.Result<unknown, ReadonlyArray<Problem>> =>
  Result.try({
    try: (): unknown => document.toJS(),
    catch: (error) => [{ where: file, message: error instanceof Error ? error.message : String(error) }]
  })

interface Found {
  readonly offset: number
  /** How many segments of the path exist. */
  readonly depth: number
}

const findNode = (document: Document, path: KeyPath): Found => {
  let node: unknown = document.contents
  let offset = isNode(node) ? startOf(node, 0) : 0
  for (const [depth, segment] of path.entries()) {
    const child = childOf(isAlias(node) ? node.resolve(document) : node, segment)
    if (child === undefined) return { offset, depth }
    offset = isNode(child.written) ? startOf(child.written, offset) : offset
    node = child.value
  }
  return { offset, depth: path.length }
}

const startOf = (node: Node, otherwise: number): number => node.range?.[0] ?? otherwise

const childOf = (node: unknown, segment: string | number) => {
  if (isSeq(node)) {
    const item = node.items[Number(segment)]
    return item === undefined ? undefined : { written: item, value: item }
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(segment))
  return pair === undefined ? undefined : { written: pair.key, value: pair.value }
}

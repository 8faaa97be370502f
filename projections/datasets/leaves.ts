/** A single value among nested settings. */
export type Leaf = string | number | boolean

const isLeaf = (value: unknown): value is Leaf =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** The single values of nested settings by their path, such as `novelty.maxOverlap`. */
export const leavesOf = (value: unknown, path = ""): ReadonlyMap<string, Leaf> => {
  const leaves = new Map<string, Leaf>()
  for (const [key, inner] of isObject(value) ? Object.entries(value) : []) {
    if (isLeaf(inner)) leaves.set(`${path}${key}`, inner)
    else for (const [deeper, leaf] of leavesOf(inner, `${path}${key}.`)) leaves.set(deeper, leaf)
  }
  return leaves
}

/**
 * The same settings with another value at the end of a path; objects on the way there are made where they are missing.
 */
export const withLeaf = (value: object, [key = "", ...rest]: ReadonlyArray<string>, leaf: Leaf): object => {
  if (rest.length === 0) return { ...value, [key]: leaf }
  const inner = new Map<string, unknown>(Object.entries(value)).get(key)
  return { ...value, [key]: withLeaf(isObject(inner) ? inner : {}, rest, leaf) }
}

/** The paths at which two settings differ, in order. */
export const differingKeys = (left: unknown, right: unknown): ReadonlyArray<string> => {
  const [mine, theirs] = [leavesOf(left), leavesOf(right)]
  const keys = [...new Set([...mine.keys(), ...theirs.keys()])]
  return keys.filter((key) => mine.get(key) !== theirs.get(key)).sort()
}

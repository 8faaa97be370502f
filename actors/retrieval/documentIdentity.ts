import { hash } from "node:crypto"
import type { Document } from "../../events/shapes.ts"

/**
 * The document with an id by which novelty recognises it again: its own, or one made of its exact text where its source
 * (a web search) gives none.
 */
export const identified = (document: Document): Document =>
  document.id === "" ? { ...document, id: `text-${hash("sha256", document.contents, "hex").slice(0, 16)}` } : document

/** The title of a document whose `contents` is `"Title"`, a line break and the text; its first line in any other case. */
export const titleOf = (contents: string): string => {
  const firstLine = contents.split("\n", 1)[0]?.trim() ?? ""
  return firstLine.length > 1 && firstLine.startsWith('"') && firstLine.endsWith('"')
    ? firstLine.slice(1, -1)
    : firstLine
}

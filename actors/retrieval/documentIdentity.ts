import { hash } from "node:crypto"
import type { Document } from "../../events/shapes.ts"

/**
 * The document with an id by which novelty recognises it again: its own, or one made of its exact text where its source
 * (a web search) gives none.
 */
export const identified = (document: Document): Document =>
  document.id === "" ? { ...document, id: `text-${hash("sha256", document.contents, "hex").slice(0, 16)}` } : document

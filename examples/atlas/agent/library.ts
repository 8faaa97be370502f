import { buildBm25 } from "../../../actors/retrieval/bm25/bm25.ts"
import { contentsOf, type Passage, passagesOf } from "../world/passages.ts"
import type { World } from "../world/world.ts"

/** Where the agent searches. */
export interface Library {
  /** The passages that answer a query best, best first. */
  readonly search: (query: string) => ReadonlyArray<Passage>
  /** Last words that several countries' names end in: Guinea, Congo, Islands. */
  readonly sharedWords: ReadonlySet<string>
}

/** All passages of a world, searched by BM25 as the agent's runs do. */
export const libraryOf = (world: World, topK: number): Library => {
  const passages = new Map(passagesOf(world).map((passage) => [passage.id, passage]))
  const documents = [...passages.values()].map((passage) => ({ id: passage.id, contents: contentsOf(passage) }))
  const bm25 = buildBm25({ documents, fingerprint: "" })
  const endings = Map.groupBy(world.countries, ({ name }) => lastWord(name))
  return {
    search: (query) => bm25.search(query, topK).flatMap(({ id }) => passages.get(id) ?? []),
    sharedWords: new Set([...endings].flatMap(([word, names]) => (names.length > 1 ? [word] : [])))
  }
}

/** The last word of a name; names may be joined by hyphens. */
export const lastWord = (name: string): string => name.split(/[\s-]/).at(-1) ?? ""

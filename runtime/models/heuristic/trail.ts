import { type Page, pagesAbout, type Reading } from "./reading.ts"
import { type RelationName, relatedName } from "./relations.ts"

/**
 * How far the pages read so far lead from a name along some relations: to the `pages` about the one at the end, to a `name` that
 * nothing was read about yet (the `last` one or one on the way), or to pages that do not tell the next name.
 *
 * `told` says in words what the pages gave.
 */
export type Trail =
  | { readonly kind: "arrived"; readonly pages: ReadonlyArray<Page>; readonly name: string; readonly told: string }
  | { readonly kind: "unread"; readonly name: string; readonly last: boolean; readonly told: string }
  | { readonly kind: "lost"; readonly pages: ReadonlyArray<Page>; readonly told: string }

/** Follows the relations from page to page. */
export const follow = (reading: Reading, start: string, relations: ReadonlyArray<RelationName>): Trail => {
  let name = start
  let pages = pagesAbout(reading, name)
  const told: Array<string> = []
  const soFar = () => told.join(" ")
  for (const relation of relations) {
    if (pages.length === 0) return { kind: "unread", name, last: false, told: soFar() }
    const next = relatedName(pages, relation)
    if (next === undefined) return { kind: "lost", pages, told: soFar() }
    told.push(`"${pages[0]?.title}" names ${next} as ${relation}.`)
    name = next
    pages = pagesAbout(reading, name)
  }
  return pages.length === 0
    ? { kind: "unread", name, last: true, told: soFar() }
    : { kind: "arrived", pages, name, told: soFar() }
}

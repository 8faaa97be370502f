import { type Page, pageAbout, type Reading } from "./reading.ts"
import { type RelationName, relatedName } from "./relations.ts"

/**
 * How far the pages read so far lead from a name along some relations: to the `page` at the end, to a `name` nothing was read
 * about yet, or to a page that does not tell the next one (`lost`).
 */
export type Trail =
  | { readonly kind: "arrived"; readonly page: Page; readonly told: string }
  | { readonly kind: "unread"; readonly name: string; readonly told: string; readonly last: boolean }
  | { readonly kind: "lost"; readonly page: Page; readonly relation: RelationName; readonly told: string }

/** Follows the relations from page to page. `told` says in words what each page gave. */
export const follow = (reading: Reading, name: string, relations: ReadonlyArray<RelationName>): Trail => {
  let page = pageAbout(reading, name)
  if (page === undefined) return { kind: "unread", name, told: "", last: relations.length === 0 }
  const told: Array<string> = []
  for (const [i, relation] of relations.entries()) {
    const next = relatedName(page, relation)
    if (next === undefined) return { kind: "lost", page, relation, told: told.join(" ") }
    told.push(`"${page.title}" names ${next} as ${relation}.`)
    const nextPage = pageAbout(reading, next)
    const last = i === relations.length - 1
    if (nextPage === undefined) return { kind: "unread", name: next, told: told.join(" "), last }
    page = nextPage
  }
  return { kind: "arrived", page, told: told.join(" ") }
}

interface Query {
  readonly query: string
  readonly documents: ReadonlyArray<{ readonly contents: string }>
}

/** 1 when the query names the title of a document that it retrieved. Try it: `smartsearch actors add examples/scorers/titleHit.ts`. */
export const scorer = {
  name: "title-hit",
  version: "1",
  score: ({ query, documents }: Query) => {
    const titles = documents.map(({ contents }) => (contents.split("\n")[0] ?? "").replaceAll('"', "").toLowerCase())
    return titles.some((title) => title !== "" && query.toLowerCase().includes(title)) ? 1 : 0
  }
}

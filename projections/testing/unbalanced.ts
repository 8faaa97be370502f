/** Names of the elements of a page that are never closed, or closed out of order. */
export const unbalanced = (html: string): ReadonlyArray<string> => {
  const open: Array<string> = []
  const wrong: Array<string> = []
  for (const [, close, name = "", selfClosing] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^>]*?)?(\/?)>/g)) {
    if (selfClosing === "/") continue
    if (close === "") open.push(name)
    else if (open.pop() !== name) wrong.push(name)
  }
  return [...wrong, ...open]
}

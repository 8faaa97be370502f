/** The title of a document whose `contents` is `"Title"`, a line break and the text; its first line in any other case. */
export const titleOf = (contents: string): string => {
  const line = contents.split("\n", 1)[0]?.trim() ?? ""
  return /^".+"$/.test(line) ? line.slice(1, -1) : line
}

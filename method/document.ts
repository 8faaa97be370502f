/** The title of a document whose `contents` is `"Title"`, a line break and the text; its first line in any other case. */
export const titleOf = (contents: string): string => {
  const firstLine = contents.split("\n", 1)[0]?.trim() ?? ""
  return firstLine.length > 1 && firstLine.startsWith('"') && firstLine.endsWith('"')
    ? firstLine.slice(1, -1)
    : firstLine
}

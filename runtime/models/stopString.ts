/**
 * What a server said about the end of a generation: the stop string that matched; a number or null for an end-of-text
 * token; undefined when it said nothing.
 */
export type MatchedStop = string | number | null | undefined

/**
 * Puts the stop string a server stripped back at the end of the text.
 *
 * A server that tells what matched is believed. One that does not leaves two cases open, a stop string and the end of the
 * text, which the text decides: when the assistant turn has an opened tag (`<search>`) whose closing tag is a stop
 * string, that one matched. Stop strings that are not closing tags cannot be told apart from the end of the text and are
 * left out.
 *
 * @param prefix the assistant turn before the text, where the tag may have been opened
 */
export const restoreStop = (end: {
  readonly text: string
  readonly prefix: string
  readonly stop: ReadonlyArray<string>
  readonly matched: MatchedStop
}): string => {
  const { matched, prefix, stop, text } = end
  if (stop.some((candidate) => text.endsWith(candidate))) return text
  if (matched === undefined) return text + closingTagDue(prefix + text, stop)
  return typeof matched === "string" && stop.includes(matched) ? text + matched : text
}

/** The stop string that closes the tag opened last, or nothing when every such tag is closed. */
const closingTagDue = (turn: string, stop: ReadonlyArray<string>): string => {
  let due = { opened: -1, stop: "" }
  for (const candidate of stop) {
    const tag = /^<\/([^<>\s]+)>$/.exec(candidate)?.[1]
    if (tag === undefined) continue
    const opened = turn.lastIndexOf(`<${tag}>`)
    if (opened > Math.max(due.opened, turn.lastIndexOf(candidate))) due = { opened, stop: candidate }
  }
  return due.stop
}

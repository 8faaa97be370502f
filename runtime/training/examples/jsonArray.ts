/** On which line (from 1) the `index`-th element of a JSON array begins. The text is valid JSON. */
export const lineOfElement = (text: string, index: number): number => {
  let [line, depth, elements] = [1, 0, 0]
  let [inString, beforeElement] = [false, false]
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ""
    if (character === "\n") line++
    if (inString) {
      if (character === "\\") at++
      else if (character === '"') inString = false
      continue
    }
    if (/\s/.test(character)) continue
    if (beforeElement && elements++ === index) return line
    if (character === '"') inString = true
    if (character === "{" || character === "[") depth++
    if (character === "}" || character === "]") depth--
    beforeElement = depth === 1 && (character === "," || character === "[")
  }
  return line
}

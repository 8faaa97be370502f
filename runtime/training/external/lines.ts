import { StringDecoder } from "node:string_decoder"
import { stripVTControlCharacters } from "node:util"

/**
 * Cuts a program's output into lines. A progress bar redraws itself after carriage returns: of such a line only what stood there
 * at last counts. Colours are left out.
 */
export const lineSplitter = (onLine: (line: string) => void) => {
  const decoder = new StringDecoder("utf8")
  let rest = ""
  const tell = (line: string) =>
    onLine(
      stripVTControlCharacters(line)
        .split("\r")
        .findLast((drawn) => drawn.trim() !== "") ?? ""
    )
  return {
    push: (chunk: Buffer): void => {
      const parts = (rest + decoder.write(chunk)).split("\n")
      rest = parts.pop() ?? ""
      for (const part of parts) tell(part)
    },
    end: (): void => {
      if (rest !== "") tell(rest)
      rest = ""
    }
  }
}

import { Effect } from "effect"
import { type CliError, CliOutput } from "effect/cli"
import { note } from "./terminal.ts"

/** What the parser says of a path, by how it begins, and what it means. */
const pathComplaints: ReadonlyArray<readonly [begins: string, meaning: string]> = [
  ["Path does not exist", "no such file or folder"],
  ["Path is not a directory", "expected a folder, found a file"],
  ["Path is not a file", "expected a file, found a folder"],
  ["Failed to check path", "no such file or folder, since a part of the path is a file or can't be read"]
]

/** What is wrong with the command, in one line: the parser's own sentence, but for files and folders. */
const complaint = (error: CliError.CliError): string => {
  if (error._tag === "InvalidValue") {
    const about = pathComplaints.find(([begins]) => error.expected.startsWith(begins))
    if (about !== undefined) return `${error.value}: ${about[1]}`
  }
  return error.message.replace(/\s+/g, " ").replace(/ Did you mean this\? (.*)$/, " (did you mean $1?)")
}

/**
 * Wrong usage is told in one line on stderr, with the command that helps; the whole help text on stdout would hide it from a
 * person and pass for an answer in a pipe.
 */
export const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Effect.forEach(
          event.errors,
          (error) => note(`smartsearch: ${complaint(error)}; see \`${event.commandPath.join(" ")} --help\``),
          { discard: true }
        )
      : CliOutput.defaultPresenter.present(event)
})

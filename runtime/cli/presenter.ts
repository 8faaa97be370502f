import { Effect } from "effect"
import { type CliError, CliOutput } from "effect/cli"
import { note } from "./terminal.ts"

/** What is wrong with the command, in one line: the parser's own sentence, but for files and folders that must exist. */
const complaint = (error: CliError.CliError): string =>
  error._tag === "InvalidValue" && error.expected.startsWith("Path does not exist")
    ? `${error.value}: no such file or folder`
    : error.message.replace(/\s+/g, " ").replace(/ Did you mean this\? (.*)$/, " (did you mean $1?)")

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

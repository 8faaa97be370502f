import { Cause } from "effect"

const longest = 1000

/** A text in one line, shortened to what a header or a line of a log may hold. */
export const oneLine = (text: string): string => text.replace(/\s+/g, " ").slice(0, longest)

/** The first error of a cause in one line, with its kind. */
export const describe = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return oneLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
}

/** Whether trying again can't help: the error says so. */
export const isHopeless = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause)
  return typeof error === "object" && error !== null && "retryable" in error && error.retryable === false
}

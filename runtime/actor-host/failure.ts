import { Cause } from "effect"

const longest = 1000

/** A text in one line, shortened to what a header or a line of a log may hold. */
export const oneLine = (text: string): string => text.replace(/\s+/g, " ").slice(0, longest)

/** The first error of a cause in one line, with its kind. */
export const describe = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  if (error instanceof Error) return oneLine(`${error.name}: ${error.message}`)
  const told = typeof error === "object" && error !== null && "message" in error ? error.message : error
  return oneLine(String(told))
}

/** Whether trying again can't help: the error says so. */
export const isHopeless = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause)
  return typeof error === "object" && error !== null && "retryable" in error && error.retryable === false
}

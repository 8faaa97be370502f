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

/**
 * What is away, in words, when the error says that the fault is not the message's: a server that is down comes back, and then
 * the same attempt succeeds.
 */
export const outageOf = (cause: Cause.Cause<unknown>): string | undefined => {
  const error = Cause.squash(cause)
  if (typeof error !== "object" || error === null || !("outage" in error)) return undefined
  return typeof error.outage === "string" ? error.outage : undefined
}

/** Whether trying again can't help: the error says so. */
export const isHopeless = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause)
  return typeof error === "object" && error !== null && "retryable" in error && error.retryable === false
}

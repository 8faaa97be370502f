import { Schema } from "effect"

/**
 * Why a server, of models or of documents, gave nothing to go on with: `unreachable`, `timeout`, `rate-limited`, `overloaded`
 * (502, 503, 504, 529), `server-error` (another 5xx: it broke on this request), `rejected` (4xx: the request itself is wrong)
 * or `malformed` (the reply could not be read).
 */
export const serverFailureReasons = [
  "unreachable",
  "timeout",
  "rate-limited",
  "overloaded",
  "server-error",
  "rejected",
  "malformed"
] as const

/** What every such failure tells beside its reason. */
export const serverFailure = {
  detail: Schema.String,
  /** Whether the same request may succeed later. */
  retryable: Schema.Boolean,
  /** Address of the server, where there is one. */
  server: Schema.optionalKey(Schema.String)
} as const

/** What is away, when the server and not the request is at fault. `what` is how it is called. */
export const serverAway = (
  what: string,
  { reason, server }: { readonly reason: string; readonly server?: string }
): string | undefined => {
  if (!["unreachable", "overloaded", "rate-limited"].includes(reason)) return undefined
  return server === undefined ? what : `${what} at ${server}`
}

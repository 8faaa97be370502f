import { Schema } from "effect"

/**
 * Thrown when the broker can't be used.
 *
 * - `server-missing`: no `nats-server` program was found.
 * - `server-failed`: the embedded server did not start (port taken, data folder unusable).
 * - `folder-locked`: another server holds the data folder and does not answer.
 * - `unreachable`: nothing answers at the address.
 * - `unauthorized`: the server refuses the credentials.
 * - `incompatible`: the stream exists, but not as this release needs it.
 */
export class BrokerError extends Schema.TaggedError<BrokerError>()("BrokerError", {
  reason: Schema.Literals([
    "server-missing",
    "server-failed",
    "folder-locked",
    "unreachable",
    "unauthorized",
    "incompatible"
  ]),
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/**
 * Thrown when events could not be stored. Others of the same call may have been: appending all of them again is safe.
 *
 * - `too-large`: the event exceeds the server's `max_payload`; retrying can't help.
 * - `refused`: the stream rejected it (storage full, stream sealed, no permission).
 * - `unavailable`: the server did not acknowledge it in time; appending it again is safe.
 */
export class AppendError extends Schema.TaggedError<AppendError>()("AppendError", {
  reason: Schema.Literals(["too-large", "refused", "unavailable"]),
  detail: Schema.String,
  retryable: Schema.Boolean
}) {
  override get message(): string {
    return this.detail
  }
}

/** Thrown when the log could not be read to the end that was asked for. */
export class ReadError extends Schema.TaggedError<ReadError>()("ReadError", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

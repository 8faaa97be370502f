import { Schema } from "effect"

/** Thrown when a command did its work and the answer is no: its exit code is 1. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

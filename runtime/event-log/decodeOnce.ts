import type { Result } from "effect"
import { codec, type EventDecodeError } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"

/** A message of the log that can be decoded. */
export interface StoredText {
  readonly sequence: number
  readonly text: () => string
}

type Decoded = Result.Result<AnyEvent, EventDecodeError>

/**
 * A decoder that remembers the newest messages by their position: one event goes to several actors and process managers of a
 * process at about the same time, and reading it costs more than most of them do with it. Events are immutable, so they can
 * share it.
 */
export const decodeOnce = (remembered: number): ((message: StoredText) => Decoded) => {
  const newest = new Map<number, Decoded>()
  return ({ sequence, text }) => {
    const known = newest.get(sequence)
    if (known !== undefined) return known
    const decoded = codec.decode(text())
    newest.set(sequence, decoded)
    if (newest.size > remembered) {
      for (const oldest of newest.keys()) {
        newest.delete(oldest)
        break
      }
    }
    return decoded
  }
}

import { Result } from "effect"
import { codec, type EventDecodeError } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"

/** A message of the log that can be decoded. */
export interface StoredText {
  readonly sequence: number
  readonly text: () => string
}

type Decoded = Result.Result<AnyEvent, EventDecodeError>

interface Remembered {
  readonly decode: (text: () => string) => Decoded
  readonly length: number
}

/**
 * Reads an event that this process stored as if it came from its text, without parsing that. Both ways pass the same schemas;
 * what is no JSON at all (an actor's `undefined`) may not pass, and then the text decides.
 */
const readStored = (event: AnyEvent, text: () => string): Decoded => {
  const read = codec.read(event)
  return Result.isSuccess(read) ? read : codec.decode(text())
}

/**
 * The newest events that this process stored or read, by their position: an event goes to several actors and process managers of
 * a process at about the same time, and parsing it costs more than most of them do with it. Events are immutable, so they can
 * share it.
 */
export class RecentEvents {
  readonly #capacity: number
  readonly #newest = new Map<number, Remembered>()
  #length = 0

  /** @param capacity characters of JSON at most that the remembered events have together */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** An event was stored, by this process and not by another one before it. */
  stored(sequence: number, event: AnyEvent, length: number): void {
    let decoded: Decoded | undefined
    const decode = (text: () => string): Decoded => {
      decoded ??= readStored(event, text)
      return decoded
    }
    this.#remember(sequence, { decode, length })
  }

  decode({ sequence, text }: StoredText): Decoded {
    const known = this.#newest.get(sequence)
    if (known !== undefined) return known.decode(text)
    const whole = text()
    const decoded = codec.decode(whole)
    this.#remember(sequence, { decode: () => decoded, length: whole.length })
    return decoded
  }

  #remember(sequence: number, remembered: Remembered): void {
    if (this.#newest.has(sequence)) return
    this.#newest.set(sequence, remembered)
    this.#length += remembered.length
    for (const [oldest, { length }] of this.#newest) {
      if (this.#length <= this.#capacity) return
      this.#newest.delete(oldest)
      this.#length -= length
    }
  }
}

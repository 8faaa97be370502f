interface Positioned {
  readonly sequence: number
}

/**
 * Puts messages of several sources, each in order, into one order by their sequence.
 *
 * A message is passed on as soon as every source that has not ended shows what it has next, since only then nothing can come
 * before it.
 */
export class OrderedMerge<Message extends Positioned> {
  readonly #emit: (message: Message, source: number) => void
  readonly #waiting: ReadonlyArray<Array<Message>>
  /** Where in `#waiting` each source's oldest message is. */
  readonly #next: Array<number>
  readonly #ended: Array<boolean>

  constructor(sources: number, emit: (message: Message, source: number) => void) {
    this.#emit = emit
    this.#waiting = Array.from({ length: sources }, () => [])
    this.#next = new Array<number>(sources).fill(0)
    this.#ended = new Array<boolean>(sources).fill(false)
  }

  push(source: number, message: Message): void {
    this.#waiting[source]?.push(message)
    this.#drain()
  }

  /** Nothing more comes from the source. */
  end(source: number): void {
    this.#ended[source] = true
    this.#drain()
  }

  /** Whether everything that was pushed has been passed on and nothing more can come. */
  get isDone(): boolean {
    return this.#ended.every(Boolean) && this.#waiting.every((messages) => messages.length === 0)
  }

  #drain(): void {
    for (let source = this.#first(); source !== undefined; source = this.#first()) {
      const messages = this.#waiting[source] ?? []
      const at = this.#next[source] ?? 0
      const message = messages[at]
      if (at + 1 < messages.length) this.#next[source] = at + 1
      else {
        messages.length = 0
        this.#next[source] = 0
      }
      if (message !== undefined) this.#emit(message, source)
    }
  }

  /** The source that has the oldest message of all; undefined while a source that goes on shows none. */
  #first(): number | undefined {
    let first: number | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (let source = 0; source < this.#waiting.length; source++) {
      const message = this.#waiting[source]?.[this.#next[source] ?? 0]
      if (message === undefined) {
        if (this.#ended[source] !== true) return undefined
      } else if (message.sequence < lowest) {
        first = source
        lowest = message.sequence
      }
    }
    return first
  }
}

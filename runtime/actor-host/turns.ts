/** Work that waits for its turn. One of the two is called, once. */
export interface Work {
  readonly begin: () => void
  readonly giveBack: () => void
}

/** Lets at most `width` pieces of work go on at the same time; the others wait in order. */
export class Turns {
  readonly #waiting: Array<Work> = []
  #free: number
  #closed = false

  constructor(width: number) {
    this.#free = width
  }

  take(work: Work): void {
    if (this.#closed) work.giveBack()
    else if (this.#free === 0) this.#waiting.push(work)
    else {
      this.#free--
      work.begin()
    }
  }

  /** A piece of work that began has ended. */
  done(): void {
    this.#free++
    const next = this.#waiting.shift()
    if (next !== undefined) this.take(next)
  }

  /** No more begins: what waits is given back, and so is what comes. */
  close(): void {
    this.#closed = true
    for (const work of this.#waiting.splice(0)) work.giveBack()
  }
}

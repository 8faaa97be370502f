import { Context } from "effect"

/** What some messages of this process wait for. */
export interface Outage {
  /** What is away, in words: `model "policy" at http://localhost:30000`. */
  readonly away: string
  /** Messages that wait for it. */
  readonly messages: number
}

/** The servers that this process waits for right now, for whoever shows how things stand. */
export class Outages {
  readonly #waiting = new Map<string, number>()

  /** One more message waits; `true` when it is the first one. */
  began(away: string): boolean {
    const before = this.#waiting.get(away) ?? 0
    this.#waiting.set(away, before + 1)
    return before === 0
  }

  /** A message waits no longer; `true` when it was the last one. */
  ended(away: string): boolean {
    const left = (this.#waiting.get(away) ?? 0) - 1
    if (left > 0) this.#waiting.set(away, left)
    else this.#waiting.delete(away)
    return left <= 0
  }

  current(): ReadonlyArray<Outage> {
    return [...this.#waiting].map(([away, messages]) => ({ away, messages }))
  }
}

/** Shared by all actors of a process, as their servers are. */
export const CurrentOutages = Context.Reference("smartsearch/runtime/CurrentOutages", {
  defaultValue: (): Outages => new Outages()
})

/** The outages in one clause. */
export const describeOutages = (outages: ReadonlyArray<Outage>): string =>
  outages.map(({ away, messages }) => `${messages} waiting for ${away}`).join(", ")

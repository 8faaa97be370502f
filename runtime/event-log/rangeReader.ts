import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Exit } from "effect"
import type { ReadError } from "./errors.ts"
import { OrderedMerge } from "./orderedMerge.ts"
import { filtersByMany, type LogMessage, Reader } from "./reader.ts"
import { apart, type Selection } from "./selection.ts"

interface Range extends Selection {
  readonly from: number | Date
  /** At most the head. */
  readonly last: number
  readonly onMessage: (message: LogMessage) => void
  /** Called once: everything was handed over, the log can't be read, or `onMessage` threw. */
  readonly onEnd: (exit: Exit.Exit<void, ReadError>) => void
}

/**
 * Reads what is wanted of a range of the log, in its order.
 *
 * A consumer of an older server sends everything or what has one subject. Where several types are wanted there, one consumer
 * for each and a merge of what they send spare the bytes of all the others: most of a log, for most folds.
 */
export class RangeReader {
  readonly #range: Range
  readonly #readers: ReadonlyArray<Reader>
  readonly #merge: OrderedMerge<LogMessage>
  #ended = false

  constructor(nc: NatsConnection, manager: JetStreamManager, range: Range) {
    this.#range = range
    const { from, last } = range
    const selections = filtersByMany(nc) ? [selectionOf(range)] : apart(selectionOf(range))
    this.#merge = new OrderedMerge(selections.length, (message, source) => {
      this.#range.onMessage(message)
      this.#readers[source]?.release()
    })
    this.#readers = selections.map(
      (selection, source) =>
        new Reader(nc, manager, {
          ...selection,
          from,
          held: true,
          onMessage: (message) => {
            if (message.sequence <= last) this.#guard(() => this.#merge.push(source, message))
          },
          isEnd: (sequence) => {
            if (sequence >= last) this.#endOf(source)
            return sequence >= last
          },
          onHead: () => this.#endOf(source),
          onFailure: (failure) => this.#end(failure)
        })
    )
  }

  stop(): void {
    for (const reader of this.#readers) reader.stop()
  }

  reopen(): void {
    for (const reader of this.#readers) reader.reopen()
  }

  #endOf(source: number): void {
    this.#guard(() => this.#merge.end(source))
    if (this.#merge.isDone) this.#end(Exit.void)
  }

  #guard(pass: () => void): void {
    if (this.#ended) return
    try {
      pass()
    } catch (defect) {
      this.#end(Exit.die(defect))
    }
  }

  #end(exit: Exit.Exit<void, ReadError>): void {
    if (this.#ended) return
    this.#ended = true
    this.stop()
    this.#range.onEnd(exit)
  }
}

const selectionOf = ({ run, types }: Selection): Selection => ({
  ...(types === undefined ? {} : { types }),
  ...(run === undefined ? {} : { run })
})

import { commonPrefix, Prefixes } from "../cache/prefixes.ts"
import { type KeyValues, RowCache, roundCells } from "../cache/rowCache.ts"
import type { Decoder } from "../decoder/decoder.ts"
import { makeSampler } from "../sampling/sampler.ts"
import { endOf, longestForm, type Progress, reusable, type Sequence } from "./sequence.ts"

/** What the sequences of one lane may use. */
export interface LaneLimits {
  /** Tokens of a single sequence. */
  readonly longest: number
  /** Sequences that run at the same time. */
  readonly maxBatch: number
  /** Tokens of all sequences that run, each counted as the longest of them. */
  readonly cacheTokens: number
  /** Tokens of sequences that ended and are kept for others with the same beginning. */
  readonly prefixTokens: number
  /** Reads every prompt whole and anew, so that what a sequence becomes depends on nothing but its job. */
  readonly reproducible: boolean
}

/** The sequences that are generated with one set of weights. One reads its prompt, piece by piece, while the others go on. */
export interface Lane {
  /** Sequences that run, the one that reads its prompt among them. */
  readonly size: () => number
  readonly isReading: () => boolean
  /** Tokens in the cache of the sequences that run. */
  readonly cacheUsed: () => number
  readonly hasRoomFor: (sequence: Sequence) => boolean
  /** Lets a sequence begin to read its prompt; no other may be at it. */
  readonly admit: (sequence: Sequence) => void
  /** Reads up to so many tokens of the prompt; returns how many it were. */
  readonly read: (most: number, progress: Progress) => Promise<number>
  /** Draws a token for each sequence that has read its prompt. */
  readonly draw: (progress: Progress) => Promise<void>
  /** Takes out sequences; not while it reads or draws. */
  readonly remove: (isGone: (sequence: Sequence) => boolean) => ReadonlyArray<Sequence>
  readonly release: () => Promise<void>
}

const nothing: KeyValues = { length: 0, values: new Float32Array(0) }

/** Numbers of logits that one reading may ask for. */
const MOST_LOGITS = 2 ** 24

export const openLane = (decoder: Decoder, limits: LaneLimits): Lane => {
  const { vocabularySize } = decoder
  const sampler = makeSampler(vocabularySize)
  const prefixes = new Prefixes(limits.prefixTokens)
  const batch = new RowCache(decoder.cacheShape, limits.cacheTokens, limits.maxBatch)
  const entrance = new RowCache(decoder.cacheShape, roundCells(Math.min(limits.longest, limits.cacheTokens)), 1)
  /** In the order of the batch's rows. */
  const running: Array<Sequence> = []
  let reading: { readonly sequence: Sequence; readonly cachedTokens: number } | undefined

  const size = () => running.length + (reading === undefined ? 0 : 1)

  const leave = (cache: RowCache, row: number, { tokens }: Sequence): void => {
    const length = cache.lengths[row] ?? 0
    const computed = tokens.slice(0, length)
    if (!limits.reproducible && prefixes.wants(computed)) prefixes.keep(computed, cache.copyOf(row, length))
    cache.remove(row)
  }

  const leaveBatch = (row: number): Sequence | undefined => {
    const gone = running[row]
    const last = running.pop()
    if (gone === undefined || last === undefined) return undefined
    leave(batch, row, gone)
    if (row < running.length) running[row] = last
    return gone
  }

  /** Begins with as much of the prompt as a sequence that runs or ran has in common with it. */
  const enter = ({ tokens }: Sequence, most: number): number => {
    if (limits.reproducible) {
      entrance.append(nothing, 0)
      return 0
    }
    const kept = prefixes.longest(tokens)
    let [best, common] = [-1, Math.min(kept?.common ?? 0, most)]
    running.forEach((other, row) => {
      const shared = Math.min(commonPrefix(other.tokens, tokens), batch.lengths[row] ?? 0, most)
      if (shared > common) [best, common] = [row, shared]
    })
    entrance.append(best >= 0 ? batch.copyOf(best, common) : (kept?.keyValues ?? nothing), common)
    return common
  }

  const take = (sequence: Sequence, logits: Float32Array, progress: Progress): boolean => {
    const { job, random, tokens } = sequence
    const token = sampler.draw(logits, job.sampling, random, job.logProbs?.top ?? 0)
    tokens.push(token.id)
    progress.drawn.push({ id: sequence.id, token })
    return ends(sequence, progress)
  }

  const ends = (sequence: Sequence, progress: Progress): boolean => {
    const end = endOf(sequence)
    if (end !== undefined) progress.ended.push({ id: sequence.id, end })
    return end !== undefined
  }

  const row = (logits: Float32Array, index: number) =>
    logits.subarray(index * vocabularySize, (index + 1) * vocabularySize)

  return {
    size,
    isReading: () => reading !== undefined,
    cacheUsed: () => [...batch.lengths, ...entrance.lengths].reduce((sum, length) => sum + length, 0),

    hasRoomFor: (sequence) => {
      if (size() >= (decoder.mostRows ?? Number.POSITIVE_INFINITY)) return false
      const longest = Math.max(...running.map(longestForm), longestForm(sequence))
      return batch.hasRoomFor(running.length + 1, longest)
    },

    admit: (sequence) => {
      reading = { sequence, cachedTokens: enter(sequence, reusable(sequence)) }
    },

    read: async (mostNow, progress) => {
      const most = limits.reproducible ? Number.POSITIVE_INFINITY : mostNow
      if (reading === undefined) return 0
      const { cachedTokens, sequence } = reading
      const { job, promptLogProbs } = sequence
      const from = entrance.lengths[0] ?? 0
      const toldFrom = job.logProbs?.promptFrom ?? Number.POSITIVE_INFINITY
      const limit =
        toldFrom === Number.POSITIVE_INFINITY ? most : Math.min(most, Math.ceil(MOST_LOGITS / vocabularySize))
      const piece = job.prompt.slice(from, from + limit)
      const isLast = from + piece.length === job.prompt.length
      const told = [...piece.keys()].filter((at) => from + at + 1 >= toldFrom && from + at + 1 < job.prompt.length)
      const wanted = isLast ? [...told, piece.length - 1] : told

      const logits = await decoder.forward(entrance, piece, wanted)
      told.forEach((at, index) => {
        const id = job.prompt[from + at + 1] ?? 0
        promptLogProbs.push(sampler.tell(row(logits, index), id, job.logProbs?.top ?? 0))
      })
      if (!isLast) return piece.length

      progress.started.push({ id: sequence.id, cachedTokens, promptLogProbs })
      const hasEnded = ends(sequence, progress) || take(sequence, row(logits, told.length), progress)
      reading = undefined
      if (hasEnded) leave(entrance, 0, sequence)
      else {
        const length = job.prompt.length
        batch.append(entrance.copyOf(0, length), length)
        running.push(sequence)
        entrance.remove(0)
      }
      return piece.length
    },

    draw: async (progress) => {
      if (running.length === 0) return
      const tokens = running.map((sequence) => sequence.tokens.at(-1) ?? 0)
      const logits = await decoder.forward(batch, tokens, [...running.keys()])
      const ended = running.flatMap((sequence, index) => (take(sequence, row(logits, index), progress) ? [index] : []))
      // From the end, because the last row takes the place of one that leaves.
      for (const index of ended.toReversed()) leaveBatch(index)
    },

    remove: (isGone) => {
      const gone: Array<Sequence> = []
      for (let index = running.length - 1; index >= 0; index--) {
        const sequence = running[index]
        if (sequence !== undefined && isGone(sequence)) {
          leaveBatch(index)
          gone.push(sequence)
        }
      }
      if (reading !== undefined && isGone(reading.sequence)) {
        leave(entrance, 0, reading.sequence)
        gone.push(reading.sequence)
        reading = undefined
      }
      return gone
    },

    release: () => decoder.release()
  }
}

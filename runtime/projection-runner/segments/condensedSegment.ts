import { crc32 } from "node:zlib"
import { Result } from "effect"
import { codec } from "../../../events/codec.ts"
import {
  type CondensedCommons,
  type CondensedQuestion,
  condense,
  expander,
  type LongTexts,
  type TextReader
} from "../../../projections/history/condensed.ts"
import { evolveHistory, historyEvents, sharedHistoryEvents } from "../../../projections/history/fold.ts"
import { emptyHistory, type History } from "../../../projections/history/history.ts"
import { correlationHash, hashes, hashOf } from "./correlation.ts"
import { encodePieces, openPieces } from "./pieces.ts"
import { CorruptSegment, type IndexedEvent, type Place, readPlace, readSegment, type Wanted } from "./readSegment.ts"
import type { SegmentStore } from "./segmentStore.ts"

/**
 * What a segment's events fold to, kept beside it: the condensed history, divided by correlation id into buckets, so that a
 * thread parses its own part only, and a part of that at a time. The long texts stay where they are, in the segment.
 */

/** Shares of threads begin and end where buckets do. */
export const bucketSize: number = hashes / 64

/** The long texts of a trajectory: where they are in the segment, as JSON, or what they are. */
type Texts =
  | { readonly kind: "stored"; readonly transcript: Place; readonly turns: Place }
  | ({ readonly kind: "inline" } & LongTexts)

/** An event that this release can't read. */
interface Unreadable {
  readonly run: string
  readonly shared: boolean
  readonly hash: number
}

interface Commons extends CondensedCommons {
  readonly unreadable: ReadonlyArray<Unreadable>
}

/** Folds a whole segment and condenses the outcome into the content of a file. Throws a `CorruptSegment`. */
export const condenseSegment = (store: SegmentStore, segment: number): Buffer => {
  const history = emptyHistory()
  const places = new Map<string, Texts>()
  const unreadable: Array<Unreadable> = []
  readSegment(store, segment, everything, (stored) => {
    const decoded = codec.decode(stored.text)
    if (Result.isFailure(decoded)) {
      unreadable.push({ run: stored.run, shared: stored.shared, hash: correlationHash(stored.body) })
      return
    }
    const event = decoded.success
    if (event.type === "TrajectoryCompleted" && !places.has(event.id)) places.set(event.id, locate(stored, event.data))
    evolveHistory(history, event)
  })
  const { commons, questions } = condense(
    history,
    (trajectory) => places.get(trajectory.eventId) ?? inlineTexts(trajectory)
  )
  const buckets = Array.from({ length: hashes / bucketSize }, (): Array<CondensedQuestion<Texts>> => [])
  for (const question of questions) buckets[Math.floor(hashOf(question.correlationId) / bucketSize)]?.push(question)
  return encodePieces(subjectOf(store, segment), [{ ...commons, unreadable } satisfies Commons, ...buckets])
}

/** Where the long texts are in an event as our codec writes it; of an event that somebody else wrote, the texts themselves. */
const locate = (stored: IndexedEvent, { transcript, turns }: LongTexts): Texts => {
  const places = { transcript: placeOf(stored, "transcript", transcript), turns: placeOf(stored, "turns", turns) }
  return places.transcript === undefined || places.turns === undefined
    ? inlineTexts({ transcript, turns })
    : { kind: "stored", transcript: places.transcript, turns: places.turns }
}

const inlineTexts = ({ transcript, turns }: LongTexts): Texts => ({ kind: "inline", transcript, turns })

const placeOf = ({ body, start }: IndexedEvent, key: string, value: string | LongTexts["turns"]): Place | undefined => {
  const prefix = `"${key}":`
  const property = Buffer.from(prefix + JSON.stringify(value))
  const at = body.indexOf(property)
  if (at < 0) return undefined
  return {
    start: start + at + prefix.length,
    end: start + at + property.length,
    checksum: crc32(property.subarray(prefix.length))
  }
}

const everything: Wanted = {
  types: new Set(historyEvents),
  shared: new Set(sharedHistoryEvents),
  first: 1,
  last: Number.POSITIVE_INFINITY,
  fromHash: 0,
  belowHash: hashes
}

/** A condensed segment, as far as a share wants it. */
export interface CondensedSegment {
  readonly unreadable: number
  /** What the questions with hashes from here to below there fold to. Throws a `CorruptSegment`. */
  readonly history: (fromHash: number, belowHash: number) => History
}

/** Opens the condensed copy of a segment. Throws a `CorruptSegment` when it is spoilt, and removes it. */
export const openCondensed = (
  store: SegmentStore,
  segment: number,
  code: string,
  { belowHash, fromHash, run }: Pick<Wanted, "fromHash" | "belowHash" | "run">
): CondensedSegment => {
  const vouched = <A>(read: () => A | undefined): A => {
    const found = Result.getOrUndefined(Result.try(read))
    if (found !== undefined) return found
    store.forgetCondensed(segment)
    throw new CorruptSegment({ segment, detail: "its condensed copy is not what it was" })
  }
  const pieces = vouched(() => openPieces(subjectOf(store, segment), store.condensed(segment, code)))
  const [commons = ""] = vouched(() => pieces(0, 1))
  const { runs, settings, unreadable }: Commons = JSON.parse(commons)
  const isWanted = (of: { readonly runId: string }) => run === undefined || of.runId === run
  const counts = ({ run: runId, hash, shared }: Unreadable) =>
    isWanted({ runId }) && (shared ? fromHash === 0 : hash >= fromHash && hash < belowHash)
  const expand = expander({ runs: runs.filter(isWanted), settings }, readerOf(store, segment))
  return {
    unreadable: unreadable.filter(counts).length,
    history: (from, below) => {
      const buckets = vouched(() => pieces(1 + from / bucketSize, 1 + below / bucketSize))
      const questions = buckets.flatMap((bucket): ReadonlyArray<CondensedQuestion<Texts>> => JSON.parse(bucket))
      return expand(questions.filter(isWanted))
    }
  }
}

const subjectOf = ({ stream }: SegmentStore, segment: number): string => `${stream}/${segment}`

// The checksums say that these are the texts that `locate` found.
const readerOf = (store: SegmentStore, segment: number): TextReader<Texts> => ({
  transcript: (texts) =>
    texts.kind === "inline" ? texts.transcript : JSON.parse(readPlace(store, segment, texts.transcript)),
  turns: (texts) => (texts.kind === "inline" ? texts.turns : JSON.parse(readPlace(store, segment, texts.turns)))
})

import { Effect, type FileSystem, type PlatformError, Result, Schema } from "effect"
import { Envelope } from "../../events/envelope.ts"
import { eventSubject } from "../../events/subjects.ts"
import { forEachLine, LineError } from "../files/jsonLines.ts"
import { Broker } from "./broker.ts"
import type { AppendError, ReadError } from "./errors.ts"
import { EventLog } from "./eventLog.ts"
import { encodePublication, exceeds, type Publication } from "./publication.ts"

const decodeEnvelope = Schema.decodeUnknownResult(Schema.fromJsonString(Envelope))

const batchSize = 1000

/** The message that stores a line as it is. Events of types that this release does not know are carried along. */
const publicationOf = (file: string, line: string, number: number): Result.Result<Publication, LineError> =>
  Result.mapBoth(decodeEnvelope(line), {
    onSuccess: ({ id, type, runid, traceparent }) => ({
      subject: eventSubject(type, runid),
      body: line,
      messageId: id,
      headers: { "ce-type": type, ...(traceparent === undefined ? {} : { traceparent }) }
    }),
    onFailure: (error) =>
      new LineError({ file, line: number, detail: `no event: ${error.message.replace(/\s+/g, " ").slice(0, 200)}` })
  })

/** Fails when the broker would refuse the line for its size. `limit`: bytes, headers included. */
const checkSize = (
  file: string,
  number: number,
  publication: Publication,
  limit: number
): Result.Result<void, LineError> => {
  const { size } = encodePublication(publication)
  return size <= limit ? Result.void : Result.fail(new LineError({ file, line: number, detail: exceeds(size, limit) }))
}

/**
 * Stores the events of an exported log, byte for byte and in their order. The whole file is checked first, so a line that is
 * malformed or too large for the broker stops the import before anything was stored; what the log already holds is not stored
 * again, so an import that was interrupted can simply be repeated.
 */
export const importLog = (
  file: string,
  onProgress: (done: number, total: number) => void
): Effect.Effect<
  { readonly events: number; readonly stored: number; readonly duplicates: number },
  LineError | ReadError | AppendError | PlatformError.PlatformError,
  Broker | EventLog | FileSystem.FileSystem
> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { nc } = yield* Broker
    const limit = nc.info?.max_payload ?? Number.POSITIVE_INFINITY
    let total = 0
    yield* forEachLine(file, (line, number) => {
      total++
      const publication = publicationOf(file, line, number)
      return Effect.fromResult(Result.flatMap(publication, (valid) => checkSize(file, number, valid, limit)))
    })

    const known = new Set<string>()
    yield* log.read({}, (message) => {
      const envelope = decodeEnvelope(message.text())
      if (Result.isSuccess(envelope)) known.add(envelope.success.id)
    })
    let events = 0
    let stored = 0
    let batch: Array<Publication> = []
    const flush = Effect.suspend(() => {
      const publications = batch
      batch = []
      return Effect.map(log.appendRaw(publications), (results) => {
        stored += results.filter(({ duplicate }) => !duplicate).length
        onProgress(events, total)
      })
    })
    yield* forEachLine(file, (line, number) =>
      Effect.flatMap(Effect.fromResult(publicationOf(file, line, number)), (publication) => {
        events++
        if (!known.has(publication.messageId)) batch.push(publication)
        return batch.length >= batchSize ? flush : Effect.void
      })
    )
    yield* flush
    return { events, stored, duplicates: events - stored }
  })

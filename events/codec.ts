import "effect/schema/SchemaJITCompiler/enable"
import { Result, Schema } from "effect"
import type { EventDefinition } from "./define.ts"
import { type AnyEvent, dataschemaOf, Envelope, type EventOf, type NewEvent, versionOf } from "./envelope.ts"
import { eventId, traceparent } from "./ids.ts"
import { type EventType, type Registry, registry } from "./registry.ts"

/**
 * Thrown when a stored message is no event that this release can read: `malformed` (no JSON, no envelope, data against its
 * schema), `unknown-type`, or `future-version` (a newer release wrote it). Such a message is parked, never lost.
 */
export class EventDecodeError extends Schema.TaggedError<EventDecodeError>()("EventDecodeError", {
  reason: Schema.Literals(["malformed", "unknown-type", "future-version"]),
  type: Schema.String,
  id: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `event ${this.id || "?"} (${this.type || "?"}): ${this.detail}`
  }
}

const decodeEnvelope = Schema.decodeUnknownResult(Envelope)
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

type DecodeData = (data: unknown) => Result.Result<unknown, string>

/** Decoders of one event type by version; an older version's climbs the chain of upcasters to the current one. */
const decodersOf = (definition: EventDefinition<string, unknown>): ReadonlyMap<number, DecodeData> => {
  const decoders = new Map<number, DecodeData>()
  const current = Schema.decodeUnknownResult(definition.schema)
  decoders.set(definition.version, (data) => Result.mapError(current(data), (error) => error.message))
  for (let version = definition.version - 1; version >= 1; version--) {
    const older = definition.older[version]
    const next = decoders.get(version + 1)
    if (older === undefined || next === undefined) {
      throw new Error(`${definition.type} has no upcaster from version ${version}: add it to \`older\``)
    }
    const decode = Schema.decodeUnknownResult(older.schema)
    decoders.set(version, (data) =>
      Result.flatMap(
        Result.mapError(decode(data), (error) => error.message),
        // The upcaster takes what its own schema has just decoded.
        (decoded) => next(older.upcast(decoded as never))
      )
    )
  }
  return decoders
}

export interface Codec {
  /** Reads an event from the text of a message, in its current version whatever version was stored. */
  readonly decode: (text: string) => Result.Result<AnyEvent, EventDecodeError>
  /** The same from the value that the text stands for; keys that no schema names are gone from what it gives. */
  readonly read: (value: unknown) => Result.Result<AnyEvent, EventDecodeError>
  /** The text under which an event is stored. Thrown defects mean that an actor built data against its schema. */
  readonly encode: (event: AnyEvent) => string
}

/**
 * A codec over a table of event definitions. Thrown at once when a definition lacks an upcaster from one of its older
 * versions: events of that version could not be read.
 */
export const makeCodec = (definitions: Registry): Codec => {
  const tables = new Map(
    Object.values(definitions).map((definition) => [
      definition.type,
      { version: definition.version, decoders: decodersOf(definition) }
    ])
  )

  const malformed = (detail: string) =>
    Result.fail(new EventDecodeError({ reason: "malformed", type: "", id: "", detail }))

  const decode: Codec["decode"] = (text) => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      return malformed(`not JSON: ${String(error)}`)
    }
    return read(value)
  }

  const read: Codec["read"] = (body) => {
    if (!isRecord(body)) return malformed("not a JSON object")
    const type = textOf(body.type)
    const id = textOf(body.id)
    const fail = (reason: EventDecodeError["reason"], detail: string) =>
      Result.fail(new EventDecodeError({ reason, type, id, detail }))
    const table = tables.get(type)
    if (table === undefined) return fail("unknown-type", "this release knows no such event type; upgrade, or drop it")
    const version = versionOf(textOf(body.dataschema))
    if (version === undefined)
      return fail("malformed", `dataschema ${JSON.stringify(body.dataschema)} names no version`)
    if (version > table.version) {
      return fail("future-version", `version ${version}, but this release reads up to ${table.version}; upgrade`)
    }
    const envelope = decodeEnvelope(body)
    if (Result.isFailure(envelope)) return fail("malformed", envelope.failure.message)
    const data = table.decoders.get(version)?.(body.data)
    if (data === undefined) return fail("malformed", `version ${version} does not exist`)
    if (Result.isFailure(data)) return fail("malformed", data.failure)
    // `type` selected the decoder, so data is of that type; an upcast event carries the current version from here on.
    return Result.succeed({
      ...envelope.success,
      dataschema: dataschemaOf(type, table.version),
      data: data.success
    } as AnyEvent)
  }

  return { decode, read, encode: (event) => JSON.stringify(event) }
}

/** The codec of the vocabulary. */
export const codec: Codec = makeCodec(registry)

/** Completes an event: `cause` is what made `source` emit it, `ordinal` counts the events of that cause. */
export const makeEvent = <T extends EventType>(
  event: Extract<NewEvent, { readonly type: T }>,
  context: {
    readonly source: string
    readonly runid: string
    readonly causationid: string
    readonly correlationid: string
    readonly ordinal: number
    readonly time: string
  }
): EventOf<T> => {
  const id = eventId(context.source, context.causationid, context.ordinal)
  const correlationid = event.correlationid ?? context.correlationid
  const definition = registry[event.type]
  if (definition === undefined) throw new Error(`unknown event type ${event.type}`)
  return {
    specversion: "1.0",
    id,
    source: context.source,
    type: event.type,
    subject: event.subject,
    time: context.time,
    dataschema: dataschemaOf(event.type, definition.version),
    runid: context.runid,
    correlationid,
    causationid: context.causationid,
    traceparent: traceparent(correlationid, id),
    data: event.data
  } as EventOf<T>
}

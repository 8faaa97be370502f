import { Schema } from "effect"
import { field } from "./define.ts"
import type { DataOf, EventType } from "./registry.ts"

export const Envelope = Schema.Struct({
  specversion: field(Schema.Literal("1.0"), "The version of CloudEvents."),
  id: field(Schema.NonEmptyString, "Deterministic: a hash of source, causation and ordinal."),
  source: field(Schema.NonEmptyString, "The actor or command that emitted it, with its version."),
  type: field(Schema.NonEmptyString, "The event type."),
  subject: field(Schema.NonEmptyString, "What it is about: a trajectory, a query, a run, an actor."),
  time: field(Schema.NonEmptyString, "When it was first emitted, RFC 3339 in UTC."),
  dataschema: field(Schema.NonEmptyString, "`urn:smartsearch:event:<type>:<version>`: the version of its data."),
  runid: field(Schema.NonEmptyString, "The run it belongs to; `system` for none."),
  correlationid: field(
    Schema.NonEmptyString,
    "The question within its run, with all its samples and branches; the run or the actor for events about those."
  ),
  causationid: field(
    Schema.NonEmptyString,
    "The event that made the source emit this one; for what a command starts, a name that is stable across its repetitions."
  ),
  traceparent: field(Schema.optionalKey(Schema.String), "W3C trace context: one trace for each correlation.")
}).annotate({
  identifier: "Envelope",
  description:
    "A CloudEvents 1.0 event as it lies in the log, without its data. Extension attributes follow the standard: lower case, no separators."
})
export type Envelope = typeof Envelope.Type

interface Typed<T extends EventType> extends Envelope {
  readonly type: T
  readonly data: DataOf<T>
}

/** An event of type `T` in its current version; of one of several types, told apart by `type`, when `T` is a union. */
export type EventOf<T extends EventType> = { readonly [Type in T]: Typed<Type> }[T]

/** Any event of the vocabulary. */
export type AnyEvent = EventOf<EventType>

/** What an actor emits: the host completes the envelope. */
export type NewEvent = {
  readonly [T in EventType]: {
    readonly type: T
    readonly subject: string
    readonly data: DataOf<T>
    /** The cause's correlation when absent. */
    readonly correlationid?: string
  }
}[EventType]

export const dataschemaOf = (type: string, version: number): string => `urn:smartsearch:event:${type}:${version}`

/** The version that a `dataschema` names; undefined when it is not one of ours. */
export const versionOf = (dataschema: string): number | undefined => {
  const match = /^urn:smartsearch:event:[A-Za-z]+:(\d+)$/.exec(dataschema)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

import { Schema } from "effect"
import type { DataOf, EventType } from "./registry.ts"

/**
 * A CloudEvents 1.0 event as it lies in the log, without its data. Extension attributes follow the standard: lower case,
 * no separators.
 */
export const Envelope = Schema.Struct({
  specversion: Schema.Literal("1.0"),
  /** Deterministic: a hash of source, causation and ordinal. */
  id: Schema.NonEmptyString,
  /** The actor or command that emitted it, with its version. */
  source: Schema.NonEmptyString,
  type: Schema.NonEmptyString,
  /** What it is about: a trajectory, a query, a run, an actor. */
  subject: Schema.NonEmptyString,
  /** When it was first emitted, RFC 3339 in UTC. */
  time: Schema.NonEmptyString,
  dataschema: Schema.NonEmptyString,
  runid: Schema.NonEmptyString,
  /** The question within its run, with all its samples and branches; the run or the actor for events about those. */
  correlationid: Schema.NonEmptyString,
  /** The event that made the source emit this one; for what a command starts, a name that is stable across its repetitions. */
  causationid: Schema.NonEmptyString,
  traceparent: Schema.optionalKey(Schema.String)
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

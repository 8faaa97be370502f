import type { Schema } from "effect"

/** A field with its meaning, for the catalogue. The one place where a field of an event is explained. */
export const field = <S extends Schema.Top>(schema: S, description: string): S["Rebuild"] =>
  schema.annotateKey({ description })

/** An older version of an event: its schema, and how its data becomes the next version's. */
export interface OlderVersion {
  readonly schema: Schema.Codec<unknown, unknown>
  /** From decoded data of this version to encoded data of the next one. */
  readonly upcast: (data: never) => unknown
}

/** One event type: its current schema, every older version, and what it means. */
export interface EventDefinition<Type extends string, Data> {
  readonly type: Type
  readonly version: number
  /** One sentence for the catalogue. */
  readonly summary: string
  /** Which actor or command emits it. */
  readonly emittedBy: string
  readonly schema: Schema.Codec<Data, unknown>
  /** Older versions by number: `versions[n]` upcasts n to n + 1. Decoders stay for ever. */
  readonly older: Readonly<Record<number, OlderVersion>>
}

/** Declares an event type. Changing the schema of a released event means a new version and an upcaster from the old one. */
export const defineEvent = <const Type extends string, Data, Encoded>(definition: {
  readonly type: Type
  readonly version: number
  readonly summary: string
  readonly emittedBy: string
  readonly schema: Schema.Codec<Data, Encoded>
  readonly older?: Readonly<Record<number, OlderVersion>>
}): EventDefinition<Type, Data> => ({ older: {}, ...definition })

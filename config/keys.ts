import { Effect, Schema } from "effect"

/** How the keys of the configuration are declared: each with its type, its meaning and, where it may be left out, its default. */

/** A key that must be given. */
export const required = <S extends Schema.Top>(schema: S, description: string): S["Rebuild"] =>
  schema.annotateKey({ description })

/** A key that may be left out; `standard` is its default, as one would write it in the file. */
export const withDefault = <S extends Schema.Top>(schema: S, standard: S["Encoded"], description: string) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(standard))).annotateKey({ description, standard })

/** A key that may be left out and has no default. */
export const optional = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema).annotateKey({ description })

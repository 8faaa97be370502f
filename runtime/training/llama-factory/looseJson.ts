import { Option, Schema } from "effect"

/**
 * Reads JSON as Python writes it: `NaN` and `Infinity` become null. Undefined for text that is no JSON, or does not fit: a
 * log may end in the middle of a line.
 */
export const readLoosely = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownOption(Schema.fromJsonString(schema))
  return (text: string): S["Type"] | undefined =>
    Option.getOrUndefined(decode(text.replace(/(?<=[:[,]\s*)(?:NaN|-?Infinity)(?=\s*[,}\]])/g, "null")))
}

/** A number that need not be there, and need not be one: null stands for what is none. */
export const LooseNumber = Schema.optionalKey(Schema.NullOr(Schema.Finite))

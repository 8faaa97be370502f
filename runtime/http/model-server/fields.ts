import { Schema } from "effect"

/** Fields that the interfaces have in common. */

export const Temperature = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

export const TopP = Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(1))

/** −1 and 0 stand for all tokens. */
export const TopK = Schema.Int.check(Schema.isGreaterThanOrEqualTo(-1))

/** Sequences for one prompt. */
export const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 128 }))

/** Alternatives told for each token. */
export const TopLogProbs = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 }))

export const TokenIds = Schema.Array(Schema.Natural)

/** An empty stop string would match before anything is written. */
const StopString = Schema.NonEmptyString
export const Stop = Schema.Union([StopString, Schema.Array(StopString)])

/** One or several as a list. */
export const listOf = <A extends string | number>(value: A | ReadonlyArray<A> | null | undefined): ReadonlyArray<A> =>
  value === null || value === undefined ? [] : typeof value === "object" ? value : [value]

/**
 * A field this server does not act on. It is refused, as leaving it out of account would give something else than was asked
 * for, unless it has one of the values that ask for nothing.
 */
export const unsupported = (...neutral: ReadonlyArray<Schema.Json>) => {
  const allowed = neutral.map((value) => JSON.stringify(value))
  return Schema.optionalKey(
    Schema.Unknown.check(
      Schema.makeFilter((value: unknown) =>
        value === null || allowed.includes(JSON.stringify(value)) ? undefined : "not supported by this server"
      )
    )
  )
}

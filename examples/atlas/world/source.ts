import { Schema } from "effect"
import listed from "world-countries"

const Texts = Schema.Array(Schema.String)

/** A country as `world-countries` describes it, with the keys that the atlas reads. */
const SourceCountry = Schema.Struct({
  /** ISO 3166-1 alpha-3. */
  cca3: Schema.String,
  name: Schema.Struct({ common: Schema.String }),
  area: Schema.Finite,
  /** `cca3` of the countries it has a land border with. */
  borders: Texts,
  capital: Texts,
  /** By ISO 4217 code. */
  currencies: Schema.Record(Schema.String, Schema.Struct({ name: Schema.String })),
  demonyms: Schema.Struct({ eng: Schema.Struct({ m: Schema.String }) }),
  /** A calling code is the root and one of the suffixes. */
  idd: Schema.Struct({ root: Schema.String, suffixes: Texts }),
  /** By ISO 639-3 code. */
  languages: Schema.Record(Schema.String, Schema.String),
  subregion: Schema.String,
  tld: Texts
})

/** All countries of `world-countries`, in its order. Decoded, because the types that the package brings are not those of what it exports. */
export const sourceCountries: ReadonlyArray<typeof SourceCountry.Type> = Schema.decodeUnknownSync(
  Schema.Array(SourceCountry)
)(listed)

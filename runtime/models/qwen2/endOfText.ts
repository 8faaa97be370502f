import { join } from "node:path"
import { Schema } from "effect"
import { NonNegativeInt } from "../../../config/scalars.ts"
import { optional } from "../wire.ts"
import { configFile, idsOf, TokenIds } from "./configFile.ts"
import { generationConfigFile } from "./generationConfig.ts"
import { jsonReader, textIfThere } from "./jsonFile.ts"

/** A special token in `tokenizer_config.json`: its text, or an object that has it. */
export const SpecialToken = Schema.Union([Schema.String, Schema.Struct({ content: Schema.String })])

/** The text of a special token. */
export const contentOf = (token: typeof SpecialToken.Type | null | undefined): string | undefined =>
  typeof token === "object" ? token?.content : token

const decodeIds = jsonReader(Schema.Struct({ eos_token_id: optional(TokenIds) }))
const decodeToken = jsonReader(Schema.Struct({ eos_token: optional(SpecialToken) }))
const decodeTokenizer = jsonReader(
  Schema.Struct({
    added_tokens: Schema.optionalKey(Schema.Array(Schema.Struct({ id: NonNegativeInt, content: Schema.String })))
  })
)

/**
 * Ids of the tokens with which the model of a folder ends a text: those of `generation_config.json`, else of `config.json`, else
 * the tokenizer's; empty where none of the files names one.
 */
export const endOfTextOf = (folder: string): ReadonlyArray<number> => {
  for (const name of [generationConfigFile, configFile]) {
    const file = join(folder, name)
    const text = textIfThere(file)
    const ids = text === undefined ? [] : idsOf(decodeIds(file, text).eos_token_id)
    if (ids.length > 0) return ids
  }
  return endOfTextOfTokenizer(folder)
}

const endOfTextOfTokenizer = (folder: string): ReadonlyArray<number> => {
  const [settingsFile, tokenizerFile] = [join(folder, "tokenizer_config.json"), join(folder, "tokenizer.json")]
  const [settings, tokenizer] = [textIfThere(settingsFile), textIfThere(tokenizerFile)]
  if (settings === undefined || tokenizer === undefined) return []
  const token = contentOf(decodeToken(settingsFile, settings).eos_token)
  const { added_tokens = [] } = decodeTokenizer(tokenizerFile, tokenizer)
  return added_tokens.filter(({ content }) => content === token).map(({ id }) => id)
}

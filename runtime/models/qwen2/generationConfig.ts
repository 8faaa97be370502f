import { Schema } from "effect"
import { NonNegative, NonNegativeInt, UnitInterval } from "../../../config/scalars.ts"
import { optional } from "../wire.ts"
import { idsOf, TokenIds } from "./configFile.ts"
import { amended, float, jsonReader } from "./jsonFile.ts"

/** The file of a model's folder that says how it is usually sampled. */
export const generationConfigFile = "generation_config.json"

/** How a model is sampled unless a request says otherwise; what is undefined is up to whoever generates. */
export interface GenerationConfig {
  /** Ids of the tokens that end a generation; empty where the file names none. */
  readonly endOfText: ReadonlyArray<number>
  /** 0 is greedy. */
  readonly temperature?: number
  readonly topP?: number
  /** 0 for all. */
  readonly topK?: number
}

const decode = jsonReader(
  Schema.Struct({
    eos_token_id: optional(TokenIds),
    do_sample: optional(Schema.Boolean),
    temperature: optional(NonNegative),
    top_p: optional(UnitInterval),
    top_k: optional(NonNegativeInt)
  })
)

/** Reads the text of a `generation_config.json`; `do_sample: false` is temperature 0. */
export const parseGenerationConfig = (file: string, text: string): GenerationConfig => {
  const { eos_token_id, do_sample, temperature, top_p, top_k } = decode(file, text)
  return {
    endOfText: idsOf(eos_token_id),
    ...(do_sample === false ? { temperature: 0 } : temperature == null ? {} : { temperature }),
    ...(top_p == null ? {} : { topP: top_p }),
    ...(top_k == null ? {} : { topK: top_k })
  }
}

/** The text of a `generation_config.json`, with the other keys of an earlier text. */
export const generationConfigText = (
  { endOfText, temperature, topP, topK }: GenerationConfig,
  earlier: string | undefined
): string =>
  amended(earlier, {
    ...(endOfText.length === 0 ? {} : { eos_token_id: endOfText }),
    ...(temperature === undefined ? {} : { do_sample: temperature > 0 }),
    // Transformers takes a temperature of 0 for a mistake.
    ...(temperature === undefined || temperature === 0 ? {} : { temperature: float(temperature) }),
    ...(topP === undefined ? {} : { top_p: float(topP) }),
    ...(topK === undefined ? {} : { top_k: topK })
  })

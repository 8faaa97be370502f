import type { PreferenceRow } from "../datasets/rows.ts"
import { type Format, jsonArray, jsonText, lines } from "./format.ts"
import { assistant, pairsOf, promptMessages } from "./messages.ts"

/**
 * The formats of preferences: LLaMA-Factory's `alpaca` and `sharegpt` with `ranking`, TRL's conversational prompt,
 * chosen and rejected, OpenAI's preference rows (`messages`), and `jsonl`, ours, the only one that says which
 * characters count for the loss.
 */
export const preferenceFormats = (kind: string): Readonly<Record<string, Format<PreferenceRow>>> => ({
  alpaca: {
    file: `${kind}.alpaca.json`,
    text: jsonText(({ prompt, chosen, rejected }) => ({
      instruction: prompt.system,
      input: prompt.user,
      chosen: chosen.text,
      rejected: rejected.text
    })),
    assemble: jsonArray,
    datasetInfo: {
      [`smartsearch_${kind}`]: {
        file_name: `${kind}.alpaca.json`,
        formatting: "alpaca",
        ranking: true,
        columns: { system: "instruction", prompt: "input", chosen: "chosen", rejected: "rejected" }
      }
    }
  },
  sharegpt: {
    file: `${kind}.sharegpt.json`,
    text: jsonText(({ prompt, chosen, rejected }) => ({
      conversations: [{ from: "human", value: prompt.user }],
      chosen: { from: "gpt", value: chosen.text },
      rejected: { from: "gpt", value: rejected.text },
      system: prompt.system
    })),
    assemble: jsonArray,
    datasetInfo: {
      [`smartsearch_${kind}_sharegpt`]: {
        file_name: `${kind}.sharegpt.json`,
        formatting: "sharegpt",
        ranking: true,
        columns: { messages: "conversations", chosen: "chosen", rejected: "rejected", system: "system" }
      }
    }
  },
  messages: {
    file: `${kind}.messages.jsonl`,
    text: jsonText(({ prompt, chosen, rejected }) => ({
      input: { messages: promptMessages(prompt) },
      preferred_output: [assistant(chosen.text)],
      non_preferred_output: [assistant(rejected.text)]
    })),
    assemble: lines
  },
  trl: {
    file: `${kind}.trl.jsonl`,
    text: jsonText(({ prompt, chosen, rejected }) => ({
      prompt: promptMessages(prompt),
      chosen: [assistant(chosen.text)],
      rejected: [assistant(rejected.text)]
    })),
    assemble: lines
  },
  jsonl: {
    file: `${kind}.jsonl`,
    text: jsonText(({ id, prompt, chosen, rejected, rule }) => ({
      id,
      ...prompt,
      chosen: { text: chosen.text, loss: pairsOf(chosen.loss) },
      rejected: { text: rejected.text, loss: pairsOf(rejected.loss) },
      rule
    })),
    assemble: lines
  }
})

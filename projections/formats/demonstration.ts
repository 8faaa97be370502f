import type { DemonstrationRow } from "../datasets/rows.ts"
import { type Format, jsonArray, jsonLines } from "./format.ts"
import { assistant, pairsOf, promptMessages } from "./messages.ts"

/**
 * The formats of demonstrations: LLaMA-Factory's `alpaca` and `sharegpt`, OpenAI's `messages`, TRL's conversational
 * prompt and completion, and `jsonl`, ours, the only one that says which characters count for the loss.
 *
 * In alpaca the instruction is the system message and the input the question; `dataset_info.json` tells LLaMA-Factory
 * so, and its chat template then gives the very prompt that the policy saw.
 */
export const demonstrationFormats = (kind: string): Readonly<Record<string, Format<DemonstrationRow>>> => ({
  alpaca: {
    file: `${kind}.alpaca.json`,
    encode: (rows) =>
      jsonArray(rows, ({ prompt, target }) => ({
        instruction: prompt.system,
        input: prompt.user,
        output: target.text
      })),
    datasetInfo: {
      [`smartsearch_${kind}`]: {
        file_name: `${kind}.alpaca.json`,
        formatting: "alpaca",
        columns: { system: "instruction", prompt: "input", response: "output" }
      }
    }
  },
  sharegpt: {
    file: `${kind}.sharegpt.json`,
    encode: (rows) =>
      jsonArray(rows, ({ prompt, target }) => ({
        conversations: [
          { from: "human", value: prompt.user },
          { from: "gpt", value: target.text }
        ],
        system: prompt.system
      })),
    datasetInfo: {
      [`smartsearch_${kind}_sharegpt`]: {
        file_name: `${kind}.sharegpt.json`,
        formatting: "sharegpt",
        columns: { messages: "conversations", system: "system" }
      }
    }
  },
  messages: {
    file: `${kind}.messages.jsonl`,
    encode: (rows) =>
      jsonLines(rows, ({ prompt, target }) => ({ messages: [...promptMessages(prompt), assistant(target.text)] }))
  },
  trl: {
    file: `${kind}.trl.jsonl`,
    encode: (rows) =>
      jsonLines(rows, ({ prompt, target }) => ({
        prompt: promptMessages(prompt),
        completion: [assistant(target.text)]
      }))
  },
  jsonl: {
    file: `${kind}.jsonl`,
    encode: (rows) =>
      jsonLines(rows, ({ id, prompt, target }) => ({ id, ...prompt, text: target.text, loss: pairsOf(target.loss) }))
  }
})

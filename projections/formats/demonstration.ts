import type { DemonstrationRow } from "../datasets/rows.ts"
import { type Format, jsonArray, jsonText, lines } from "./format.ts"
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
    text: jsonText(({ prompt, target }) => ({
      instruction: prompt.system,
      input: prompt.user,
      output: target.text
    })),
    assemble: jsonArray,
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
    text: jsonText(({ prompt, target }) => ({
      conversations: [
        { from: "human", value: prompt.user },
        { from: "gpt", value: target.text }
      ],
      system: prompt.system
    })),
    assemble: jsonArray,
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
    text: jsonText(({ prompt, target }) => ({ messages: [...promptMessages(prompt), assistant(target.text)] })),
    assemble: lines
  },
  trl: {
    file: `${kind}.trl.jsonl`,
    text: jsonText(({ prompt, target }) => ({
      prompt: promptMessages(prompt),
      completion: [assistant(target.text)]
    })),
    assemble: lines
  },
  jsonl: {
    file: `${kind}.jsonl`,
    text: jsonText(({ id, prompt, target }) => ({ id, ...prompt, text: target.text, loss: pairsOf(target.loss) })),
    assemble: lines
  }
})

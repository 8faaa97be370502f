import type { Answer } from "../../../actors/trainer/examples.ts"
import { chatml, renderPrompt } from "../../models/chatTemplate.ts"

/**
 * Examples as LLaMA-Factory reads them: rows in its `sharegpt` formatting, whose turns of `human` and `observation` are left out
 * of the loss of fine-tuning.
 *
 * Its templates would write an observation as a turn of its own, which a rollout never has. So the turns here hold the
 * chat's markup themselves, and LLaMA-Factory's template `empty` puts them together as they are: the model reads, letter by
 * letter, what the policy reads and writes in a rollout.
 */

interface Turn {
  readonly from: "human" | "observation" | "gpt"
  readonly value: string
}

interface Prompt {
  readonly system: string
  readonly user: string
}

/** What closes the assistant's turn; the policy learns to write it. */
const turnEnd = `${chatml.turnEnd}\n`

const promptTurn = ({ system, user }: Prompt): Turn => ({
  from: "human",
  value: renderPrompt({ system, user, assistant: "" }, { template: chatml, thinking: "default" })
})

/** A demonstration; what does not count for the loss is in turns of its own. */
export const demonstrationRow = (example: Prompt & Answer) => {
  const { text } = example
  const turns: Array<Turn> = [promptTurn(example)]
  let at = 0
  for (const { start, end } of example.loss) {
    mask(turns, text.slice(at, start))
    learn(turns, text.slice(start, end))
    at = end
  }
  mask(turns, text.slice(at))
  learn(turns, turnEnd)
  return { conversations: turns }
}

/** Appends text that is learnt: LLaMA-Factory wants a turn of the model after every other one. */
const learn = (turns: Array<Turn>, text: string): void => {
  const last = turns.at(-1)
  if (last?.from === "gpt") turns[turns.length - 1] = { from: "gpt", value: last.value + text }
  else turns.push({ from: "gpt", value: text })
}

/** Appends text that is read and not learnt: to the prompt when nothing was learnt yet. */
const mask = (turns: Array<Turn>, text: string): void => {
  if (text === "") return
  const last = turns.at(-1)
  if (last?.from === "human") turns[turns.length - 1] = { from: "human", value: last.value + text }
  else turns.push({ from: "observation", value: text })
}

/** A preference: LLaMA-Factory counts every token of both answers. */
export const preferenceRow = (
  example: Prompt & { readonly chosen: Pick<Answer, "text">; readonly rejected: Pick<Answer, "text"> }
) => ({
  conversations: [promptTurn(example)],
  chosen: { from: "gpt", value: example.chosen.text + turnEnd },
  rejected: { from: "gpt", value: example.rejected.text + turnEnd }
})

import { Schema } from "effect"
import type { GenerationRequest } from "../../actors/languageModel.ts"

const placeholder = "{content}"

const Turn = Schema.String.check(
  Schema.makeFilter((text) => text.includes(placeholder) || `expected the placeholder ${placeholder} in the turn`)
)

/**
 * How one model family writes a chat as plain text.
 *
 * `system` and `user` are whole turns holding `{content}` once; `assistant` opens the turn the model writes; `turnEnd` is
 * what a model writes when its turn is over, sent as one more stop string and never part of a generation.
 */
export const ChatTemplate = Schema.Struct({
  system: Turn,
  user: Turn,
  assistant: Schema.String,
  turnEnd: Schema.NonEmptyString
})
export type ChatTemplate = typeof ChatTemplate.Type

/** ChatML, as the Qwen family writes it. */
export const chatml: ChatTemplate = {
  system: "<|im_start|>system\n{content}<|im_end|>\n",
  user: "<|im_start|>user\n{content}<|im_end|>\n",
  assistant: "<|im_start|>assistant\n",
  turnEnd: "<|im_end|>"
}

/** An empty reasoning block: a hybrid reasoning model that reads it as its own answers without thinking. */
const emptyThinking = "<think>\n\n</think>\n\n"

/**
 * Writes a request as the text its model continues: every turn closed but the assistant's, which ends with what was
 * already written. An empty system message leaves the system turn out.
 */
export const renderPrompt = (
  request: Pick<GenerationRequest, "system" | "user" | "assistant">,
  options: { readonly template: ChatTemplate; readonly thinking: "default" | "off" }
): string => {
  const { template, thinking } = options
  const system = request.system === "" ? "" : fill(template.system, request.system)
  const opening = thinking === "off" ? template.assistant + emptyThinking : template.assistant
  return system + fill(template.user, request.user) + opening + request.assistant
}

/** A replacer function, because a replacement string would give `$&` in a document a meaning. */
const fill = (turn: string, content: string): string => turn.replace(placeholder, () => content)

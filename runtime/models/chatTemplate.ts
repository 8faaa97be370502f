import type { GenerationRequest } from "../../actors/languageModel.ts"
import type { ChatTemplate, CompletionsSettings, SglangSettings } from "../../config/models.ts"

/** ChatML, as the Qwen family writes it. */
export const chatml: ChatTemplate = {
  system: "<|im_start|>system\n{content}<|im_end|>\n",
  user: "<|im_start|>user\n{content}<|im_end|>\n",
  assistant: "<|im_start|>assistant\n",
  turnEnd: "<|im_end|>"
}

/** The template a raw-text model is prompted with. */
export const templateOf = ({ template }: SglangSettings | CompletionsSettings): ChatTemplate =>
  template === "chatml" ? chatml : template

/** An empty reasoning block: a hybrid reasoning model that reads it as its own answers without thinking. */
export const emptyThinking = "<think>\n\n</think>\n\n"

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
const fill = (turn: string, content: string): string => turn.replace("{content}", () => content)

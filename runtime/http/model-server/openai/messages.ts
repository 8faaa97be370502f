import { Effect, Schema } from "effect"
import type { ModelText } from "../../../models/onnx/generationEngine.ts"
import { optional } from "../../../models/wire.ts"
import { type ApiError, invalidRequest } from "../apiError.ts"
import { unsupported } from "../fields.ts"

const TextPart = Schema.Struct({ type: Schema.Literal("text"), text: Schema.String })

export const Message = Schema.Struct({
  role: Schema.NonEmptyString,
  content: optional(Schema.Union([Schema.String, Schema.Array(TextPart)])),
  tool_calls: unsupported([])
})
type Message = typeof Message.Type

const contentOf = ({ content }: Message): string =>
  typeof content === "string" ? content : (content ?? []).map(({ text }) => text).join("")

/**
 * The text of a conversation in the model's own template, up to where the model writes.
 *
 * @param going whether the last message is the assistant's and is to be written on
 */
export const renderMessages = Effect.fnUntraced(function* (
  text: ModelText,
  messages: ReadonlyArray<Message>,
  going: boolean
): Effect.fn.Return<string, ApiError> {
  const { renderChat } = text
  if (renderChat === undefined) {
    return yield* invalidRequest("this model has no chat template: use /v1/completions", "messages", "no_chat_template")
  }
  const last = messages.at(-1)
  if (last === undefined) return yield* invalidRequest("messages: expected at least one, got none", "messages")
  if (going && last.role !== "assistant") {
    const detail = `continue_final_message: expected a last message of the assistant, got one of ${JSON.stringify(last.role)}`
    return yield* invalidRequest(detail, "continue_final_message")
  }
  const whole = going ? messages.slice(0, -1) : messages
  const turns = yield* Effect.try({
    try: () => renderChat(whole.map((message) => ({ role: message.role, content: contentOf(message) }))),
    catch: (error) =>
      invalidRequest(
        `messages: the model's chat template refuses them: ${error instanceof Error ? error.message : error}`,
        "messages"
      )
  })
  return going ? turns + contentOf(last) : turns
})

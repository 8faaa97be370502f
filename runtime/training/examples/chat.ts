import { Schema } from "effect"

/** The messages of the chat formats, as far as an example has any: a system message or none, a question, an answer. */

const Message = Schema.Struct({
  role: Schema.Literals(["system", "user", "assistant"]),
  content: Schema.String
})

const messagesOf = (orders: ReadonlyArray<string>, what: string) =>
  Schema.Array(Message).check(
    Schema.makeFilter(
      (messages) =>
        orders.includes(messages.map(({ role }) => role).join(" ")) &&
        messages.every(({ role, content }) => role === "system" || content !== ""),
      { expected: `${what}; longer chats and empty messages can't be learnt from` }
    )
  )

/** What asks. */
export const PromptMessages = messagesOf(
  ["user", "system user"],
  "a user message, with or without a system message before it"
)

/** What answers. */
export const AnswerMessages = messagesOf(["assistant"], "one assistant message")

/** Both. */
export const ChatMessages = messagesOf(
  ["user assistant", "system user assistant"],
  "a user and an assistant message, with or without a system message before them"
)

/** The contents by role. */
export const contentsOf = (messages: ReadonlyArray<typeof Message.Type>) => {
  const of = (wanted: string) => messages.find(({ role }) => role === wanted)?.content ?? ""
  return { system: of("system"), user: of("user"), answer: of("assistant") }
}

import { join } from "node:path"
import { Schema } from "effect"
import { optional } from "../wire.ts"
import { contentOf, SpecialToken } from "./endOfText.ts"
import { ModelFolderError } from "./folderError.ts"
import { jsonReader, textIfThere } from "./jsonFile.ts"

/** A turn of a conversation. */
export interface ChatMessage {
  readonly role: string
  readonly content: string
}

/**
 * Messages as one text. With `open`, which is usual, it ends where the assistant's answer begins. Throws a `ModelFolderError`
 * when the template refuses the messages.
 */
export type RenderChat = (messages: ReadonlyArray<ChatMessage>, options?: { readonly open?: boolean }) => string

const settingsFile = "tokenizer_config.json"

const decode = jsonReader(
  Schema.Struct({
    chat_template: optional(
      Schema.Union([Schema.String, Schema.Array(Schema.Struct({ name: Schema.String, template: Schema.String }))])
    ),
    bos_token: optional(SpecialToken),
    eos_token: optional(SpecialToken),
    pad_token: optional(SpecialToken),
    unk_token: optional(SpecialToken)
  })
)

/**
 * The chat template of a model's folder: `chat_template.jinja`, else the one in `tokenizer_config.json`, of several the default;
 * undefined where there is none. It is given what Transformers gives it.
 */
export const openChatTemplate = async (folder: string): Promise<RenderChat | undefined> => {
  const [file, ownFile] = [join(folder, settingsFile), join(folder, "chat_template.jinja")]
  const { chat_template, ...tokens } = decode(file, textIfThere(file) ?? "{}")
  const own = textIfThere(ownFile)
  const source = own ?? (Array.isArray(chat_template) ? defaultOf(chat_template) : chat_template)
  if (typeof source !== "string") return undefined
  const place = own === undefined ? `${file}: chat_template` : ownFile
  const { Template } = await import("@huggingface/jinja")
  const attempt = <A>(what: string, run: () => A): A => {
    try {
      return run()
    } catch (cause) {
      throw new ModelFolderError({ file: place, detail: `${what}: ${cause instanceof Error ? cause.message : cause}` })
    }
  }
  const template = attempt("can't be read", () => new Template(source))
  const texts = Object.fromEntries(Object.entries(tokens).map(([name, token]) => [name, contentOf(token)]))
  return (messages, { open = true } = {}) =>
    attempt("refuses the messages", () => template.render({ ...texts, messages, add_generation_prompt: open }))
}

const defaultOf = (templates: ReadonlyArray<{ readonly name: string; readonly template: string }>) =>
  templates.find(({ name }) => name === "default")?.template

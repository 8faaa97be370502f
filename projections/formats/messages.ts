import type { Span } from "../../method/protocol.ts"
import type { Prompt } from "../datasets/rows.ts"

/** A chat message in the shape that OpenAI, TRL and verl share. */
export interface Message {
  readonly role: "system" | "user" | "assistant"
  readonly content: string
}

/** The messages of a prompt; an empty system message is left out. */
export const promptMessages = ({ system, user }: Prompt): ReadonlyArray<Message> => [
  ...(system === "" ? [] : [{ role: "system", content: system } as const]),
  { role: "user", content: user }
]

export const assistant = (content: string): Message => ({ role: "assistant", content })

/** Spans as pairs `[start, end]`. */
export const pairsOf = (spans: ReadonlyArray<Span>): ReadonlyArray<readonly [number, number]> =>
  spans.map(({ start, end }) => [start, end])

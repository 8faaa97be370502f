/** A chat's system and user message, with placeholders such as `{question}`. */
export interface PromptTemplate {
  readonly system: string
  readonly user: string
}

/**
 * The text with every placeholder replaced that has a value; all others stay as they are. What is put in is not searched for
 * placeholders again.
 */
export const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder)

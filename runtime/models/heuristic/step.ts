/** What the agent does next, and what it says it does it for. */
export type Step =
  | { readonly kind: "search"; readonly thought: string; readonly query: string }
  | { readonly kind: "answer"; readonly thought: string; readonly answer: string }

export const search = (thought: string, query: string): Step => ({ kind: "search", thought, query })

export const answer = (thought: string, text: string): Step => ({ kind: "answer", thought, answer: text })

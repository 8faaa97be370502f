/** Abbreviations that are spoken letter by letter, with the article that their first letter asks for. */
const abbreviations: Readonly<Record<string, string>> = { sft: "an SFT", dpo: "a DPO", rl: "an RL" }

/** A kind of dataset with its article, as in "an SFT dataset". */
export const kindInWords = (kind: string): string => abbreviations[kind] ?? `a ${kind}`

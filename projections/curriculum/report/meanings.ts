import { element, textElement } from "../../evaluation/report/markup.ts"

/** What the words and figures of the page mean. */
export const meanings = (): string =>
  element(
    "dl",
    { class: "meanings" },
    ...words.map(([word, meaning]) => textElement("dt", {}, word) + textElement("dd", {}, meaning))
  )

const words: ReadonlyArray<readonly [word: string, meaning: string]> = [
  ["Base", "The policy before any training."],
  [
    "EM, F1",
    "Answer against the gold answers after normalisation: equal, and by common words. The best gold answer counts."
  ],
  ["S_E", "Search efficiency: the mean of F1 divided by the number of searches."],
  ["Perfect", "Share of trajectories with a correct answer and high-quality queries only."],
  ["Partial", "Share of trajectories with an incorrect answer but some query of high quality."],
  ["Searches", "Searches of a trajectory, on average."],
  ["Format", "Share of transcripts whose tags are in order."],
  ["Query score", "1 when every scorer that counts says so: the results are new, and hold what the query asks for."],
  ["Branches", "Trajectories cut at a query that was scored 0 and continued from a better one."],
  ["Held out", "Questions that no stage learns from. They are answered greedily, once, without branches."]
]

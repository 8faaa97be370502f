import { element, textElement } from "./markup.ts"

/** What the words and figures of the report mean. */
export const meanings = (): string =>
  element(
    "section",
    {},
    textElement("h2", {}, "What the figures mean"),
    element(
      "dl",
      { class: "meanings" },
      ...words.map(([word, meaning]) => textElement("dt", {}, word) + textElement("dd", {}, meaning))
    )
  )

const words: ReadonlyArray<readonly [string, string]> = [
  ["initial", "Trajectories that the policy sampled from the question: what it does by itself."],
  ["branches", "Trajectories cut at a query that was scored 0 and continued from a better one."],
  ["parents", "The trajectories that branches were cut from, once for each branch: compare them with the branches."],
  [
    "best",
    "Of each tree the trajectory with the highest F1. Chosen by the gold answers: what refinement could give at most."
  ],
  [
    "EM, F1, Prec, Rec",
    "Answer against the gold answers after normalisation: equal, and by common words. The best gold answer counts."
  ],
  ["Acc", "Share of answers that contain a gold answer."],
  ["S_E", "Search efficiency: the mean of F1 divided by the number of searches."],
  ["S_Q", "Search quality: Perf and Part together."],
  ["Perf", "Share of trajectories with a correct answer and high-quality queries only."],
  ["Part", "Share of trajectories with an incorrect answer but some query of high quality."],
  [
    "Low",
    "Share of queries scored 0; the columns after it say by which scorer. A query counts where it was issued, not in the branches that share it."
  ],
  ["Format", "Share of transcripts whose tags are in order."]
]

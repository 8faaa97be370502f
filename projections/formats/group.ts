import type { GroupRow } from "../datasets/rows.ts"
import { type Format, jsonLines } from "./format.ts"
import { pairsOf } from "./messages.ts"
import { verlParquet } from "./verl.ts"

/**
 * The formats of groups of rollouts: `jsonl`, ours, one group a line with rewards, advantages, loss spans and what the
 * policy's server told about its tokens; and `verl`, the questions alone, which verl rolls out itself.
 */
export const groupFormats = (kind: string): Readonly<Record<string, Format<GroupRow>>> => ({
  jsonl: {
    file: `${kind}.jsonl`,
    encode: (rows) =>
      jsonLines(rows, ({ id, prompt, question, rollouts }) => ({
        id,
        dataset: question.dataset,
        questionId: question.id,
        ...prompt,
        goldenAnswers: question.goldenAnswers,
        rollouts: rollouts.map((rollout) => ({ ...rollout, loss: pairsOf(rollout.loss) }))
      }))
  },
  verl: { file: `${kind}.verl.parquet`, encode: verlParquet }
})

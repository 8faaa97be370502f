import type { GroupRow } from "../datasets/rows.ts"
import { type Format, jsonText, lines, mapped } from "./format.ts"
import { pairsOf } from "./messages.ts"
import { verlAsked, verlParquet, verlText } from "./verl.ts"

/**
 * The formats of groups of rollouts: `jsonl`, ours, one group a line with rewards, advantages, loss spans and what the
 * policy's server told about its tokens; and `verl`, the questions alone, which verl rolls out itself.
 */
export const groupFormats = (kind: string): Readonly<Record<string, Format<GroupRow>>> => ({
  jsonl: {
    file: `${kind}.jsonl`,
    text: jsonText(({ id, prompt, question, rollouts }) => ({
      id,
      dataset: question.dataset,
      questionId: question.id,
      ...prompt,
      goldenAnswers: question.goldenAnswers,
      rollouts: rollouts.map((rollout) => ({ ...rollout, loss: pairsOf(rollout.loss) }))
    })),
    assemble: lines
  },
  verl: { file: `${kind}.verl.parquet`, text: verlText, assemble: (texts) => verlParquet(mapped(texts, verlAsked)) }
})

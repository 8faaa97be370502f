import type { GroupRow } from "../datasets/rows.ts"
import { promptMessages } from "./messages.ts"
import { type Column, int64, list, parquetFile, struct, text } from "./parquet.ts"
import { searchFunctions, searchSource } from "./searchFunction.ts"

/**
 * The parquet file that verl trains from: one row a question, with the prompt, the gold answers for a rule-based
 * reward, and the search function that the sandbox runs for the policy.
 */
export const verlParquet = (rows: Iterable<Asked>): Iterable<Uint8Array> => parquetFile(rows, columns)

/** What of a group stands in the file. */
type Asked = Pick<GroupRow, "question" | "prompt">

export const verlText = ({ prompt, question }: GroupRow): string => JSON.stringify({ prompt, question } satisfies Asked)

/** Reads what `verlText` wrote. */
export const verlAsked = (text: string): Asked => JSON.parse(text)

const columns: ReadonlyArray<Column<Asked>> = [
  { schema: [text("data_source")], value: ({ question }) => question.dataset },
  {
    schema: list("prompt", struct("", [text("role")], [text("content")])),
    value: ({ prompt }) => promptMessages(prompt)
  },
  { schema: [text("question")], value: ({ question }) => question.question },
  { schema: [text("ability")], value: () => "search" },
  {
    schema: struct("reward_model", [text("style")], list("ground_truth", [text("")])),
    value: ({ question }) => ({ style: "rule", ground_truth: question.goldenAnswers })
  },
  {
    schema: struct("extra_info", [int64("index")], [text("question_id")], [text("env")], [text("func_schemas")]),
    value: ({ question }, index) => ({
      index: BigInt(index),
      question_id: question.id,
      env: searchSource,
      func_schemas: JSON.stringify(searchFunctions)
    })
  }
]

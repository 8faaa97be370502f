import { Result, Schema } from "effect"
import type { Question } from "../events/shapes.ts"
import { prefixQuery } from "../method/protocol.ts"
import { findingsOf } from "./issues.ts"

/** One row of a questions file. */
export interface QuestionRow {
  readonly question: Question
  /** The beginning of an assistant turn to continue, cut right after a `</search>`. */
  readonly prefix?: string
}

const orNull = <S extends Schema.Top>(schema: S, expected: string) =>
  Schema.optionalKey(Schema.NullOr(schema).annotate({ expected }))

const Texts = Schema.Array(Schema.String).annotate({ expected: "a list of texts" })

const endsWithQuery = "a text that ends with a search query"
const Prefix = Schema.String.check(
  Schema.makeFilter((prefix) => prefixQuery(prefix) !== undefined, { expected: endsWithQuery })
)

const SubQuestion = Schema.Struct({
  question: Schema.String,
  support_passage_id: orNull(Schema.String, "a passage id")
})

/** The keys that are read; datasets bring many others. */
const Row = Schema.Struct({
  id: Schema.Union([Schema.NonEmptyString, Schema.Int]).annotate({ expected: "a text or an integer" }),
  question: Schema.NonEmptyString,
  golden_answers: Texts,
  prefix: orNull(Prefix, endsWithQuery),
  metadata: orNull(
    Schema.Struct({
      gold_passage_ids: orNull(Texts, "a list of passage ids"),
      supporting_titles: orNull(Texts, "a list of titles"),
      decomposition: orNull(Schema.Array(SubQuestion), "a list of sub-questions")
    }),
    "an object"
  )
})
type Row = typeof Row.Type

const decodeRow = Schema.decodeUnknownResult(Row)

/** Reads one line of a questions file; fails with everything that is wrong with it. */
export const parseQuestionRow = (line: string, dataset: string): Result.Result<QuestionRow, ReadonlyArray<string>> =>
  parseJson(line).pipe(
    Result.flatMap((json) =>
      Result.mapError(decodeRow(json, { errors: "all", reportInput: true }), ({ issue }) =>
        findingsOf(issue).map(({ message }) => message)
      )
    ),
    Result.map((row) => ({
      question: questionOf(row, dataset),
      ...(typeof row.prefix === "string" ? { prefix: row.prefix } : {})
    }))
  )

const parseJson = (line: string): Result.Result<unknown, ReadonlyArray<string>> =>
  Result.try({
    try: (): unknown => JSON.parse(line),
    catch: (error) => [`not JSON: ${error instanceof Error ? error.message : String(error)}`]
  })

const questionOf = (row: Row, dataset: string): Question => {
  const evidence = evidenceOf(row.metadata ?? {})
  return {
    id: String(row.id),
    dataset,
    question: row.question,
    goldenAnswers: row.golden_answers,
    ...(evidence === undefined ? {} : { evidence })
  }
}

/** Absent when the dataset names no evidence at all. */
const evidenceOf = (metadata: NonNullable<Row["metadata"]>): Question["evidence"] => {
  const { gold_passage_ids: passageIds, supporting_titles: titles, decomposition } = metadata
  if (!passageIds && !titles && !decomposition) return undefined
  return {
    passageIds: passageIds ?? [],
    titles: titles ?? [],
    subQuestions: (decomposition ?? []).map(({ question, support_passage_id: passageId }) => ({
      question,
      ...(typeof passageId === "string" ? { passageId } : {})
    }))
  }
}

import { hash } from "node:crypto"
import { Effect, FileSystem, Result } from "effect"
import { ConfigError, type Problem, unreadable } from "./problems.ts"
import { parseQuestionRow, type QuestionRow } from "./questionRows.ts"
import type { QuestionSource } from "./rollout.ts"

/** The questions that one source gives a run. */
export interface QuestionSet {
  readonly dataset: string
  /** Of the whole file. */
  readonly sha256: string
  readonly questions: ReadonlyArray<QuestionRow>
}

/**
 * Reads the questions of one source, as many as its `limit` asks for.
 *
 * Fails with one line for each malformed row (`file:line: …`) when a row is no JSON, lacks a key, repeats an id, or when the
 * file is missing or empty.
 */
export const readQuestions = Effect.fn("config.readQuestions")(function* (
  source: QuestionSource,
  seed: number
): Effect.fn.Return<QuestionSet, ConfigError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* fs.readFile(source.path).pipe(Effect.mapError(unreadable(source.path)))
  const rows = yield* Effect.fromResult(parseQuestions(new TextDecoder().decode(bytes), source))
  return { dataset: source.dataset, sha256: hash("sha256", bytes, "hex"), questions: takeQuestions(rows, source, seed) }
})

/** Reads a whole questions file (JSONL; empty lines are passed over). */
export const parseQuestions = (
  text: string,
  { dataset, path }: Pick<QuestionSource, "dataset" | "path">
): Result.Result<ReadonlyArray<QuestionRow>, ConfigError> => {
  const rows: Array<QuestionRow> = []
  const problems: Array<Problem> = []
  const lineOfId = new Map<string, number>()
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue
    const where = `${path}:${index + 1}`
    const row = parseQuestionRow(line, dataset)
    if (Result.isFailure(row)) {
      problems.push(...row.failure.map((message) => ({ where, message })))
      continue
    }
    const { id } = row.success.question
    const earlier = lineOfId.get(id)
    if (earlier === undefined) lineOfId.set(id, index + 1)
    else problems.push({ where, message: `id "${id}" is taken: line ${earlier} has it` })
    rows.push(row.success)
  }
  if (rows.length === 0 && problems.length === 0) problems.push({ where: path, message: "holds no questions" })
  return problems.length > 0 ? Result.fail(new ConfigError({ problems })) : Result.succeed(rows)
}

/**
 * The questions that a run asks: the first ones of the file, or of an order drawn with the seed. That order depends on the
 * seed and each question's id alone, so a larger sample holds every smaller one.
 */
export const takeQuestions = (
  rows: ReadonlyArray<QuestionRow>,
  { limit, shuffle }: Pick<QuestionSource, "limit" | "shuffle">,
  seed: number
): ReadonlyArray<QuestionRow> => {
  if (!shuffle) return rows.slice(0, limit)
  return rows
    .map((row) => ({ row, lot: hash("sha256", `${seed}\n${row.question.id}`, "hex") }))
    .sort((left, right) => (left.lot < right.lot ? -1 : 1))
    .slice(0, limit)
    .map(({ row }) => row)
}

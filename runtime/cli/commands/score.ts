import { Effect, Result, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { type AnswerScore, scoreAnswer } from "../../../method/answerScore.ts"
import { forEachLine, LineError } from "../../files/jsonLines.ts"
import { root } from "../root.ts"
import { print, printJson } from "../terminal.ts"

const Row = Schema.Struct({ prediction: Schema.String, golden_answers: Schema.NonEmptyArray(Schema.String) })
const decodeRow = Schema.decodeUnknownResult(Schema.fromJsonString(Row))

const names = ["em", "f1", "precision", "recall", "acc"] as const

const means = (rows: ReadonlyArray<AnswerScore>): AnswerScore => {
  const mean = (name: (typeof names)[number]) =>
    rows.length === 0 ? 0 : rows.reduce((sum, row) => sum + row[name], 0) / rows.length
  return { em: mean("em"), f1: mean("f1"), precision: mean("precision"), recall: mean("recall"), acc: mean("acc") }
}

const cells = (label: string, scores: AnswerScore): string =>
  [label.padStart(6), ...names.map((name) => scores[name].toFixed(4).padStart(9))].join(" ")

const answers = Command.make(
  "answers",
  {
    file: Argument.File("file", { mustExist: true }).pipe(
      Argument.withDescription('JSON Lines of {"prediction": "…", "golden_answers": ["…"]}')
    )
  },
  Effect.fn("score.answers")(function* ({ file }) {
    const { json } = yield* root
    const rows: Array<AnswerScore> = []
    yield* forEachLine(file, (line, number) => {
      const row = decodeRow(line)
      if (Result.isFailure(row)) {
        const detail = `expected {"prediction": string, "golden_answers": [string, …]}: ${row.failure.message.replace(/\s+/g, " ")}`
        return Effect.fail(new LineError({ file, line: number, detail }))
      }
      rows.push(scoreAnswer(row.success.prediction, row.success.golden_answers))
      return Effect.void
    })
    if (json) return yield* printJson({ n: rows.length, mean: means(rows), rows })
    yield* print(["   row", ...names.map((name) => name.padStart(9))].join(" "))
    for (const [index, row] of rows.entries()) yield* print(cells(String(index + 1), row))
    yield* print(cells("mean", means(rows)))
  })
).pipe(Command.withDescription("EM, token F1, precision, recall and acc of each row and on average"))

export const score = Command.make("score").pipe(
  Command.withDescription("Score answers against gold answers, without a log"),
  Command.withSubcommands([answers])
)

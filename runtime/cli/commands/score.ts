import { Effect, Option, Result, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { type AnswerScore, scoreAnswer } from "../../../method/answerScore.ts"
import type { ComparedScorers } from "../../../projections/agreement/agreement.ts"
import { renderAgreement } from "../../../projections/agreement/table.ts"
import { forEachLine, LineError } from "../../files/jsonLines.ts"
import { agreementOf } from "../../system/agreement.ts"
import { root, withLog } from "../root.ts"
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

const scorers = Flag.String("scorers").pipe(
  Flag.withMetavar("TEACHER,STUDENT"),
  Flag.withDescription("The two scorers; what the first one says is held to be right"),
  Flag.withDefault("usefulness,student"),
  Flag.mapTryCatch(
    (text): ComparedScorers => {
      const [teacher, student, ...others] = text.split(",").map((name) => name.trim())
      if (!teacher || !student || others.length > 0) throw new Error("two names, such as usefulness,student")
      return { teacher, student }
    },
    (error) => (error instanceof Error ? error.message : String(error))
  )
)

const agreement = Command.make(
  "agreement",
  {
    run: Flag.String("run").pipe(
      Flag.withDescription("Only the queries of this run (default: of every run)"),
      Flag.optional
    ),
    scorers
  },
  Effect.fn("score.agreement")(function* ({ run, scorers }) {
    const { json } = yield* root
    const measured = yield* withLog()(agreementOf(scorers, Option.getOrUndefined(run)))
    if (json) return yield* printJson({ ...scorers, ...measured })
    yield* print(renderAgreement(measured, scorers))
  })
).pipe(
  Command.withDescription(
    "How far two scorers agree on the queries of the log (the paper reports 87.4 % between its student and its teacher)"
  )
)

export const score = Command.make("score").pipe(
  Command.withDescription("Score answers against gold answers, and compare scorers with each other"),
  Command.withSubcommands([answers, agreement])
)

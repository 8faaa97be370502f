import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { stageJson } from "../../../projections/curriculum/stages.ts"
import { renderStageTable } from "../../../projections/curriculum/stageTable.ts"
import { benchmarkMetrics } from "../../../projections/evaluation/evaluate.ts"
import { renderTables } from "../../../projections/evaluation/table.ts"
import { recordedCurricula, reportCurriculum } from "../../system/curriculum/reportCurriculum.ts"
import { runsOfLog } from "../../system/datasets.ts"
import { reportRun } from "../../system/reportRun.ts"
import { CommandFailed } from "../commandFailed.ts"
import { chooseSubject } from "../report/chooseSubject.ts"
import { openerOf, openPage } from "../report/openPage.ts"
import { root, withLog } from "../root.ts"
import { note, print, printJson } from "../terminal.ts"
import { fromHere } from "../training/outcome.ts"

/** A report that was written, for people and for programs. */
interface Made {
  readonly file: string
  readonly table: string
  readonly json: object
}

const make = Effect.fnUntraced(function* (name: string | undefined, out: string | undefined) {
  const curricula = yield* recordedCurricula
  const known = { curricula: [...curricula.keys()], runs: yield* runsOfLog }
  const subject = yield* Effect.mapError(
    Effect.fromResult(chooseSubject(name, known)),
    (detail) => new CommandFailed({ detail })
  )
  const record = subject.kind === "curriculum" ? curricula.get(subject.name) : undefined
  if (record === undefined) {
    const { figures, file } = yield* reportRun(subject.name, out)
    const json = { run: subject.name, report: file, metrics: benchmarkMetrics(figures) }
    return { file, table: renderTables(figures), json } satisfies Made
  }
  const { file, stages } = yield* reportCurriculum(record, out)
  const json = { run: subject.name, report: file, stages: stages.map(stageJson) }
  const table = stages.length === 0 ? "No held-out questions were answered (yet)." : renderStageTable(stages)
  return { file, table, json } satisfies Made
})

const open = Effect.fnUntraced(function* (file: string) {
  const opener = openerOf(file, process.platform, process.env)
  const isOpen = opener !== undefined && (yield* openPage(opener))
  if (!isOpen) yield* note(`There is no browser here to open it with: ${file}`)
})

export const report = Command.make(
  "report",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription("Name of a curriculum, or of any other run (default: the newest curriculum)"),
      Argument.optional
    ),
    out: Flag.String("out").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription(
        "Where to write it (default: report.html in the folder of the curriculum's or run's results)"
      ),
      Flag.optional
    ),
    open: Flag.Boolean("open").pipe(Flag.withDescription("Show it in the default browser"), Flag.withDefault(false))
  },
  Effect.fn("report")(function* ({ name, out, open: isWanted }) {
    const { json } = yield* root
    const made = yield* withLog()(make(Option.getOrUndefined(name), Option.getOrUndefined(out)))
    if (isWanted) yield* open(made.file)
    if (json) return yield* printJson(made.json)
    yield* print(`${made.table}\n`)
    yield* print(`Report   ${fromHere(made.file)}`)
  })
).pipe(Command.withDescription("Write the report of a curriculum, or of any other run, as one page of HTML"))

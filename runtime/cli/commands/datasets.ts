import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { diffDatasets } from "../../../projections/datasets/diffDatasets.ts"
import { everyDatasetKind } from "../../../projections/datasets/kinds.ts"
import { verifyDataset } from "../../../projections/datasets/verifyDataset.ts"
import { buildRunDatasets, chooseRun } from "../../system/datasets.ts"
import { explainTrajectory } from "../../system/explain.ts"
import { CommandFailed } from "../commandFailed.ts"
import { root, withLog } from "../root.ts"
import { note, print, printJson } from "../terminal.ts"

const run = Flag.String("run").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription("The run to build from (default: the newest of the log)"),
  Flag.optional
)

const set = Flag.String("set").pipe(
  Flag.withMetavar("KEY=VALUE"),
  Flag.withDescription("Another rule, e.g. novelty.maxOverlap=0, f1.threshold=1, pairing=paper; can be repeated"),
  Flag.atLeast(0)
)

/** Where the fold ends: a sequence or a moment, not both. */
const endOf = (toSeq: Option.Option<number>, asOf: Option.Option<Date>) =>
  Option.isSome(toSeq) && Option.isSome(asOf)
    ? Effect.fail(new CommandFailed({ detail: "--to-seq and --as-of both say where to end: give one of them" }))
    : Effect.succeed(Option.getOrUndefined(toSeq) ?? Option.getOrUndefined(asOf))

const build = Command.make(
  "build",
  {
    kind: Argument.Literals("kind", everyDatasetKind).pipe(Argument.withDescription("Which dataset")),
    run,
    set,
    format: Flag.String("format").pipe(
      Flag.withDescription(
        "alpaca, sharegpt, messages, trl, verl or jsonl; can be repeated (default: as the run was configured)"
      ),
      Flag.atLeast(0)
    ),
    out: Flag.String("out").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("Folder of the dataset (default: out/RUN/KIND)"),
      Flag.optional
    ),
    toSeq: Flag.Int("to-seq").pipe(Flag.withDescription("Fold the log only up to this sequence"), Flag.optional),
    asOf: Flag.Date("as-of").pipe(
      Flag.withMetavar("TIME"),
      Flag.withDescription("Fold the log only up to this moment, e.g. 2026-11-22T12:00:00Z"),
      Flag.optional
    )
  },
  Effect.fn("datasets.build")(function* ({ kind, run, set, format, out, toSeq, asOf }) {
    const { json } = yield* root
    const to = yield* endOf(toSeq, asOf)
    const [built] = yield* withLog()(
      Effect.gen(function* () {
        const runId = yield* chooseRun(Option.getOrUndefined(run))
        if (Option.isNone(run)) yield* note(`Run "${runId}", the newest of the log.`)
        const folder = Option.getOrElse(out, () => `out/${runId}/${kind}`)
        return yield* buildRunDatasets(runId, [{ kind, set, formats: format, folder }], to)
      })
    )
    if (built === undefined) return
    const { folder, manifest } = built
    if (json) return yield* printJson({ path: folder, ...manifest })
    yield* print(
      `${manifest.rows} rows of ${kind} in ${folder}, from events ${manifest.firstSequence} to ${manifest.lastSequence}`
    )
    for (const { name, sha256, bytes } of manifest.files) {
      yield* print(`  ${sha256}  ${String(bytes).padStart(10)}  ${name}`)
    }
  })
).pipe(Command.withDescription("Fold the log into a dataset, by the run's rules or by others; no model is asked"))

const verify = Command.make(
  "verify",
  { folder: Argument.Directory("folder", { mustExist: true }).pipe(Argument.withDescription("Folder of a dataset")) },
  Effect.fn("datasets.verify")(function* ({ folder }) {
    const { json } = yield* root
    const { manifest, problems } = yield* verifyDataset(folder)
    if (json) yield* printJson({ ok: problems.length === 0, problems })
    else if (problems.length === 0) yield* print(`${folder}: ${manifest.rows} rows, every file as its manifest says`)
    else for (const { file, problem } of problems) yield* print(`${file}: ${problem}`)
    if (problems.length > 0) return yield* new CommandFailed({ detail: `${folder} is not what its manifest says` })
  })
).pipe(Command.withDescription("Check a dataset's files, row counts and lineage against its manifest"))

const folder = (name: string) => Argument.Directory(name, { mustExist: true })

const diff = Command.make(
  "diff",
  { left: folder("left"), right: folder("right") },
  Effect.fn("datasets.diff")(function* ({ left, right }) {
    const { json } = yield* root
    const difference = yield* diffDatasets(left, right)
    if (json) return yield* printJson(difference)
    for (const { key, left, right } of difference.settings) yield* print(`${key}: ${left ?? "–"} → ${right ?? "–"}`)
    for (const id of difference.onlyLeft) yield* print(`- ${id}`)
    for (const id of difference.onlyRight) yield* print(`+ ${id}`)
    for (const id of difference.otherEvents) yield* print(`~ ${id}`)
    yield* print(`${difference.common} rows in both, from the same events`)
  })
).pipe(Command.withDescription("Compare two datasets: settings, rows that only one has, rows from other events"))

const explain = Command.make(
  "explain",
  {
    trajectory: Argument.String("trajectory").pipe(Argument.withDescription("Id of a trajectory, or its beginning")),
    set
  },
  Effect.fn("datasets.explain")(function* ({ trajectory, set }) {
    const { json } = yield* root
    const explained = yield* withLog()(explainTrajectory(trajectory, set))
    if (json) return yield* printJson(explained)
    yield* print(`${explained.trajectoryId} of run ${explained.run}`)
    for (const { kind, included, rowIds, reasons } of explained.datasets) {
      yield* print(`  ${kind.padEnd(4)} ${included ? `in (${rowIds.join(", ")})` : "not in"}`)
      for (const reason of reasons) yield* print(`         ${reason}`)
    }
  })
).pipe(Command.withDescription("Say for each dataset whether a trajectory is in it, and which rule decided"))

export const datasets = Command.make("datasets").pipe(
  Command.withDescription("Datasets from the log: build, verify, diff, explain"),
  Command.withSubcommands([build, verify, diff, explain])
)

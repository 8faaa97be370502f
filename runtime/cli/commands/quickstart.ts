import { join, relative } from "node:path"
import { Clock, Effect, FileSystem, Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { Settings } from "../../../config/settings.ts"
import { datasetKinds } from "../../../projections/datasets/kinds.ts"
import { benchmarkMetrics } from "../../../projections/evaluation/evaluate.ts"
import { pickExample, renderExample } from "../../../projections/evaluation/example.ts"
import { renderReport } from "../../../projections/evaluation/report.ts"
import { renderTables } from "../../../projections/evaluation/table.ts"
import { checkFolder } from "../../files/folders.ts"
import { planCurriculum } from "../../system/curriculum/planCurriculum.ts"
import { type BuiltDataset, buildRunDatasets } from "../../system/datasets.ts"
import { type EvaluatedRun, evaluateRun } from "../../system/evaluateRun.ts"
import { planRun, type RunPlan } from "../../system/planRun.ts"
import { trainingEngines } from "../../training/engines.ts"
import { CommandFailed } from "../commandFailed.ts"
import { anyConfigFlag, configFlags, settingsOf } from "../configOptions.ts"
import { curriculumChanges, curriculumFlags } from "../curriculum/flags.ts"
import {
  performWithProgress as performCurriculumWithProgress,
  underFreeName as underFreeCurriculumName
} from "../curriculum/perform.ts"
import { tellCurriculum } from "../curriculum/tell.ts"
import { tellHowToGoOn } from "../interruption.ts"
import { failIfIncomplete, type Performed, performWithProgress, underFreeName } from "../performing.ts"
import { root, withLog } from "../root.ts"
import { note, print, printJson } from "../terminal.ts"

/** All that a quickstart made. */
interface Quickstart {
  readonly performed: Performed
  readonly built: ReadonlyArray<BuiltDataset>
  readonly evaluated: EvaluatedRun
  readonly report: string
  readonly seconds: number
}

/** Fails before the work when its results could not be written. */
const checkOutput = (folder: string): Effect.Effect<void, CommandFailed> =>
  Effect.mapError(
    checkFolder(folder),
    ({ detail }) => new CommandFailed({ detail: `the results can't be written to ${folder} (output.dir): ${detail}` })
  )

const work = Effect.fnUntraced(function* (planned: RunPlan, named: boolean) {
  const fileSystem = yield* FileSystem.FileSystem
  const begun = yield* Clock.currentTimeMillis
  const plan = named ? planned : yield* underFreeName(planned)
  const { questions } = plan.sets.reduce((sum, set) => ({ questions: sum.questions + set.questions.length }), {
    questions: 0
  })
  yield* note(
    `${questions} questions over ${plan.retriever.documents ?? "?"} passages, run "${plan.settings.run.name}"`
  )
  const performed = yield* performWithProgress(plan).pipe(tellHowToGoOn(plan.settings.run.name))
  const folder = join(plan.settings.output.dir, performed.runId)
  const built = yield* buildRunDatasets(
    performed.runId,
    datasetKinds.map((kind) => ({ kind, set: [], formats: [], folder: join(folder, kind) }))
  )
  const evaluated = yield* evaluateRun(performed.runId)
  const report = join(folder, "report.html")
  if (evaluated.figures !== undefined) {
    yield* fileSystem.writeFileString(report, renderReport(evaluated.figures, evaluated.rows, evaluated.started))
  }
  const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
  const made: Quickstart = { performed, built, evaluated, report, seconds }
  return made
})

const shown = (path: string): string => relative(process.cwd(), path) || path

const tell = Effect.fnUntraced(function* ({ performed, built, evaluated, report, seconds }: Quickstart) {
  const { figures, rows } = evaluated
  const example = pickExample(rows)
  if (figures !== undefined) yield* print(`\n${renderTables(figures)}`)
  if (example !== undefined) yield* print(`\n${renderExample(example, Math.min(process.stdout.columns ?? 100, 110))}`)
  yield* print("\nDatasets")
  for (const { folder, manifest } of built) {
    yield* print(`  ${manifest.kind.padEnd(4)} ${String(manifest.rows).padStart(5)} rows  ${shown(folder)}`)
  }
  yield* print(`\nReport   ${shown(report)}`)
  yield* print(`Run      ${performed.runId}: ${performed.events} events in the log, ${seconds.toFixed(1)} s`)
  yield* print("\nNext")
  const query = example?.queryId ?? "QUERY"
  for (const command of [
    `audit query ${query}`,
    `datasets explain ${example?.trajectoryId ?? "TRAJECTORY"}`,
    "datasets build dpo --set pairing=paper --out out/dpo-paper",
    "actors add examples/scorers/titleHit.ts --backfill all",
    "run rollout --config my-run.yaml"
  ]) {
    yield* print(`  npx smartsearch ${command}`)
  }
})

const answer = ({ performed, built, evaluated, seconds }: Quickstart) => ({
  run: performed.runId,
  seconds,
  events: performed.events,
  datasets: built.map(({ folder, manifest }) => ({
    kind: manifest.kind,
    path: folder,
    rows: manifest.rows,
    sha256: manifest.files[0]?.sha256 ?? ""
  })),
  metrics: evaluated.figures === undefined ? {} : benchmarkMetrics(evaluated.figures)
})

/** Real questions, an offline policy: what is scored, refined, and folded into datasets. */
const onRealQuestions = Effect.fnUntraced(function* (settings: Settings, named: boolean) {
  const { json } = yield* root
  yield* checkOutput(settings.output.dir)
  const plan = yield* planRun(settings)
  const made = yield* withLog(settings.broker)(work(plan, named))
  yield* json ? printJson(answer(made)) : tell(made)
  yield* failIfIncomplete(made.performed)
})

/** The whole curriculum with a small policy. */
const onAtlas = Effect.fnUntraced(function* (settings: Settings, named: boolean) {
  const asked = { settings, dryRun: false }
  // Before a broker is started: what is wrong with the configuration.
  const planned = yield* planCurriculum(asked)
  const performed = Effect.gen(function* () {
    const plan = named ? planned : yield* underFreeCurriculumName(asked)
    return yield* performCurriculumWithProgress(plan, undefined).pipe(tellHowToGoOn(plan.name))
  })
  yield* Effect.flatMap(withLog(settings.broker)(Effect.provide(performed, trainingEngines)), tellCurriculum)
})

export const quickstart = Command.make(
  "quickstart",
  {
    ...configFlags,
    config: anyConfigFlag.pipe(Flag.optional),
    real: Flag.Boolean("real").pipe(
      Flag.withDescription("Answer 340 real questions of three benchmarks instead, with an offline policy"),
      Flag.withDefault(false)
    ),
    ...curriculumFlags
  },
  Effect.fn("quickstart")(function* ({ config, real, run, set, ...asked }) {
    const name = Option.match(run, { onNone: () => [], onSome: (given) => [`run.name=${given}`] })
    const changes = yield* curriculumChanges(asked)
    const standard = real ? "quickstart" : "atlas"
    const settings = yield* settingsOf({
      config: Option.getOrElse(config, () => standard),
      set: [...set, ...changes.all, ...name]
    })
    yield* real ? onRealQuestions(settings, Option.isSome(run)) : onAtlas(settings, Option.isSome(run))
  })
).pipe(
  Command.withDescription(
    "The main job: a small policy learns to search, stage by stage, and is evaluated after each; or, with --real, real questions become trajectories, scores, refined queries and datasets"
  )
)

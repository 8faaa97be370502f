import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { Command } from "effect/cli"
import { TestConsole } from "effect/testing"
import { codec } from "../../events/codec.ts"
import { eventsOf } from "../../projections/testing/story.ts"
import { commands } from "../../runtime/cli/commands.ts"
import { root } from "../../runtime/cli/root.ts"
import { benchmarks, questionsEach, set } from "../support/configuration.ts"
import { patience, smartsearch } from "../support/smartsearch.ts"
import { makeWorkspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const Digest = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))

const strict = { onExcessProperty: "error" } as const

/** The answer of `quickstart --json`, to the letter: no key more, no key less. */
const Curriculum = Schema.Struct({
  run: Schema.String,
  seconds: Schema.Finite,
  seed: Schema.Int,
  stages: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      n: Schema.Int,
      em: Share,
      f1: Share,
      searchEfficiency: Share,
      perfectRate: Share,
      partialRate: Share,
      counterfactualEm: Share
    })
  )
})
const decodeCurriculum = Schema.decodeUnknownSync(Schema.fromJsonString(Curriculum), strict)

/** The answer of `report --json` about a curriculum. */
const Reported = Schema.Struct({ run: Schema.String, report: Schema.String, stages: Curriculum.fields.stages })

/** A curriculum of a few questions. */
const fewQuestions = set({
  "curriculum.sft.questions": 4,
  "curriculum.sft.samples": 2,
  "curriculum.dpo.questions": 8,
  "curriculum.grpo.rounds": 1,
  "curriculum.grpo.questions": 2,
  "curriculum.grpo.samples": 2,
  "curriculum.evaluation.0.limit": 3,
  "curriculum.evaluation.1.limit": 2
})

/** The answer of `quickstart --real --json`, as exactly. */
const Quickstart = Schema.Struct({
  run: Schema.String,
  seconds: Schema.Finite,
  events: Schema.Int,
  datasets: Schema.Array(Schema.Struct({ kind: Schema.String, path: Schema.String, rows: Schema.Int, sha256: Digest })),
  metrics: Schema.Record(
    Schema.String,
    Schema.Struct({
      n: Schema.Int,
      em: Share,
      f1: Share,
      precision: Share,
      recall: Share,
      acc: Share,
      searchEfficiency: Share,
      perfectRate: Share,
      partialRate: Share
    })
  )
})
const decodeQuickstart = Schema.decodeUnknownSync(Schema.fromJsonString(Quickstart), strict)

/** The answer of `score agreement --json`. */
const Agreed = Schema.Struct({
  teacher: Schema.String,
  student: Schema.String,
  confusion: Schema.Record(Schema.String, Schema.Int),
  compared: Schema.Int,
  rate: Schema.Finite,
  kappa: Schema.Finite,
  disagreements: Schema.Array(Schema.Struct({ queryId: Schema.String, teacher: Schema.String, student: Schema.String }))
})

/** Every command with the names that lead to it, from the declarations themselves. */
const everyCommand: ReadonlyArray<string> = commands.flatMap((command) => [
  command.name,
  ...command.subcommands.flatMap((group) => group.commands.map(({ name }) => `${command.name} ${name}`))
])

/** What a command tells about itself, and nothing on stderr. */
const helpOf = (command: string) =>
  Effect.gen(function* () {
    const cli = root.pipe(Command.withSubcommands(commands))
    yield* Command.runWith(cli, { version: "0" })([...command.split(" "), "--help"])
    assert.deepStrictEqual(yield* TestConsole.errorLines, [])
    return (yield* TestConsole.logLines).join("\n")
  }).pipe(Effect.provide(Layer.mergeAll(NodeServices.layer, NodeHttpClient.layerUndici)))

/** What the help of a command has to tell beyond the flags that every command has. */
const told: ReadonlyArray<readonly [command: string, texts: ReadonlyArray<string>]> = [
  [
    "quickstart",
    ["--real", "--stages STAGE,STAGE", "--without [STAGE.]PART", "--judge", "--seed", "340 real questions"]
  ],
  [
    "run curriculum",
    [
      "--stages STAGE,STAGE",
      "sft, dpo, grpo",
      "--without [STAGE.]PART",
      "process-reward, refinement",
      "--judge",
      "--engine",
      "--dry-run"
    ]
  ],
  ["report", ["--out FILE", "--open", "one page of HTML"]],
  ["pretrain", ["--data DIR|FILE", "--out DIR", "--seed", "random weights"]],
  ["score agreement", ["--scorers TEACHER,STUDENT", "--run", "87.4 %"]]
]

/** Values of the curriculum's flags that mean nothing, the exit code, and all that is said about them. */
const meaningless: ReadonlyArray<readonly [given: ReadonlyArray<string>, code: number, says: string]> = [
  [
    ["--without", "refinment"],
    1,
    '--without refinment: there is no part "refinment" (did you mean "refinement"?); there are process-reward, refinement'
  ],
  [
    ["--without", "sft.refinement"],
    1,
    '--without sft.refinement: the stage "sft" has no refinement; dpo and grpo have'
  ],
  [
    ["--stages", "sft,grop"],
    1,
    '--stages sft,grop: there is no stage "grop" (did you mean "grpo"?); there are sft, dpo, grpo'
  ],
  [["--judge", "studnt"], 2, 'Invalid value for flag --judge: "studnt". Expected: "configured" | "student"']
]

describe("the command line", () => {
  it.live("quickstart --json ends stdout with the documented answer of a curriculum; report tells it again", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const args = ["quickstart", ...fewQuestions, ...set({ "output.dir": workspace.path("out") })]
      const { stdout } = yield* workspace.ok([...args, "--json"], { seconds: 200 })
      const lines = stdout.trimEnd().split("\n")
      assert.strictEqual(lines.length, 1)
      const answer = decodeCurriculum(lines[0])
      assert.deepStrictEqual([answer.run, answer.seed], ["atlas", 42])
      assert.deepStrictEqual(
        answer.stages.map(({ n, name }) => [name, n]),
        ["base", "sft", "dpo", "grpo"].map((name) => [name, 3])
      )

      const reported = yield* workspace.json(Reported, ["report"])
      const report = workspace.path("out", "atlas", "report.html")
      assert.deepStrictEqual(reported, { run: "atlas", report, stages: answer.stages })
      assert.isTrue(existsSync(report))
    })
  )

  it.live("quickstart ends with the table of its stages, and where report and policies are", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const args = ["quickstart", ...fewQuestions, ...set({ "output.dir": workspace.path("out") })]
      const { stdout } = yield* workspace.ok([...args, "--stages", "sft", "--seed", "7"])
      for (const part of [
        "true",
        "counterfactual",
        "Base",
        "SFT",
        "Report",
        "Policies",
        "Curriculum  atlas: 7 steps"
      ]) {
        assert.include(stdout, part)
      }
      for (const part of ["DPO", "GRPO"]) assert.notInclude(stdout, part)
      assert.includeMembers(readdirSync(workspace.path("out", "atlas")), ["report.html", "sft"])
    })
  )

  it.live.each(
    ["quickstart", "run curriculum"].flatMap((command) =>
      meaningless.map(([given, code, says]) => ({ command, given, code, says, flag: given.join(" ") }))
    )
  )("$command $flag is refused in one line, and starts nothing", ({ command, given, code, says }) =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const ended = yield* workspace.run([...command.split(" "), ...given])
      const hint = code === 2 ? `; see \`smartsearch ${command} --help\`` : ""
      assert.deepStrictEqual([ended.code, ended.stdout, ended.stderr], [code, "", `smartsearch: ${says}${hint}\n`])
      assert.deepStrictEqual(readdirSync(workspace.folder), [])
    })
  )

  it.live("quickstart --real --json ends stdout with the documented answer, under a name that is free", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const args = [
        "quickstart",
        "--real",
        "--json",
        ...questionsEach(2),
        ...set({ "output.dir": workspace.path("out") })
      ]
      for (const run of ["quickstart", "quickstart-2"]) {
        const { stdout, stderr } = yield* workspace.ok(args)
        const lines = stdout.trimEnd().split("\n")
        assert.strictEqual(lines.length, 1)
        assert.include(stderr, `6 questions over 9000 passages, run "${run}"`)
        const answer = decodeQuickstart(lines[0])
        assert.strictEqual(answer.run, run)
        assert.isAbove(answer.events, 60)
        assert.deepStrictEqual(
          answer.datasets.map(({ kind, path }) => ({ kind, path })),
          ["sft", "dpo", "rl"].map((kind) => ({ kind, path: workspace.path("out", run, kind) }))
        )
        assert.sameMembers(Object.keys(answer.metrics), [...benchmarks])
        for (const { n } of Object.values(answer.metrics)) assert.strictEqual(n, 2)
        assert.include(readdirSync(workspace.path("out", run)), "report.html")
      }
    })
  )

  it.live("quickstart --real ends with tables, an example, the datasets and what to do next", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const { stdout } = yield* workspace.ok([
        "quickstart",
        "--real",
        ...questionsEach(2),
        ...set({ "output.dir": workspace.path("out") })
      ])
      for (const part of [...benchmarks, "Datasets", "sft", "dpo", "rl", "Report", "Next"]) assert.include(stdout, part)
      const proposed = stdout
        .slice(stdout.indexOf("Next\n"))
        .matchAll(/npx smartsearch (audit .*|datasets explain .*)/g)
      const answers: Array<string> = []
      for (const [, command = ""] of proposed) {
        const { stdout } = yield* workspace.ok(command.split(" "))
        answers.push(stdout)
      }
      assert.strictEqual(answers.length, 2)
      for (const answer of answers) assert.isNotEmpty(answer)
    })
  )

  it.effect.each(everyCommand)("%s --help tells what it does and what it takes", (command) =>
    Effect.gen(function* () {
      const told = yield* helpOf(command)
      assert.match(told, /^DESCRIPTION\n {2}\S/)
      assert.include(told, `USAGE\n  smartsearch ${command} `)
    })
  )

  it.effect.each(told)("%s --help names what is its own", ([command, texts]) =>
    Effect.gen(function* () {
      const help = (yield* helpOf(command)).replace(/\s+/g, " ")
      for (const text of texts) assert.include(help, text)
    })
  )

  it.live("--help and --version exit with 0 and start nothing", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const help = yield* workspace.ok(["--help"], { folder: workspace.folder })
      for (const { name } of commands) assert.include(help.stdout, `\n  ${name} `)
      const version = yield* smartsearch(["--version"])
      assert.strictEqual(version.code, 0)
      assert.match(version.stdout, /^smartsearch v\d+\.\d+\.\d+\n$/)
      assert.isFalse(existsSync(workspace.dataDir))
    })
  )

  it.live("--completions prints a script for the shell", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* smartsearch(["--completions", "bash"])
      assert.strictEqual(code, 0)
      assert.match(stdout, /complete .*smartsearch/)
      assert.include(stdout, "rollout")
    })
  )

  it.live("run evaluate measures a policy without branches", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const evaluated = yield* workspace.ok(["run", "evaluate", "--run", "measured", ...questionsEach(2)])
      for (const part of [...benchmarks, "EM", "F1"]) assert.include(evaluated.stdout, part)
      const { stdout } = yield* workspace.ok(["log", "tail", "--from", "1", "--types", "RolloutRequested,RunCompleted"])
      const types = stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(/\s+/)[3])
      assert.deepStrictEqual(types, [...Array.from({ length: 6 }, () => "RolloutRequested"), "RunCompleted"])
    })
  )

  it.live("score answers compares answers line by line", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const file = workspace.path("answers.jsonl")
      const rows = [
        { prediction: "The Beatles", golden_answers: ["Beatles"] },
        { prediction: "John Lennon and Paul McCartney", golden_answers: ["Ringo Starr", "Paul McCartney"] }
      ]
      writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"))
      const { stdout } = yield* smartsearch(["score", "answers", file, "--json"])
      const measured = (em: number, f1: number, precision: number) => ({ em, f1, precision, recall: 1, acc: 1 })
      assert.deepStrictEqual(JSON.parse(stdout), {
        n: 2,
        mean: measured(0.5, (1 + 4 / 7) / 2, 0.7),
        rows: [measured(1, 1, 1), measured(0, 4 / 7, 0.4)]
      })

      writeFileSync(file, `${JSON.stringify(rows[0])}\n{"prediction": "Ringo"}\n`)
      const { code, stderr } = yield* smartsearch(["score", "answers", file])
      assert.strictEqual(code, 1)
      assert.match(
        stderr,
        /^smartsearch: \S+answers\.jsonl:2: expected \{"prediction": string, "golden_answers": \[string, …\]\}: .*\n$/
      )
    })
  )

  it.live("score agreement compares two scorers over a log", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      const file = workspace.path("log.ndjson")
      const rounds = [{ others: { student: 1 } }, { usefulness: 0, others: { student: 1 } }, { usefulness: 0 }]
      const events = eventsOf({ questions: [{ id: "q", trajectories: [{ rounds }] }] })
      writeFileSync(file, events.map((event) => `${codec.encode(event)}\n`).join(""))
      yield* workspace.ok(["log", "import", file])

      const { confusion, disagreements, ...figures } = yield* workspace.json(Agreed, ["score", "agreement"])
      assert.deepStrictEqual(figures, { teacher: "usefulness", student: "student", compared: 2, rate: 0.5, kappa: 0 })
      assert.deepInclude(confusion, { bothHigh: 1, onlyStudentHigh: 1, missing: 1 })
      const { stdout } = yield* workspace.ok(["score", "agreement", "--run", "run", "--scorers", "usefulness,student"])
      assert.include(stdout, disagreements[0]?.queryId ?? "no disagreement")

      const { code, stderr } = yield* workspace.run(["score", "agreement", "--scorers", "usefulness"])
      assert.strictEqual(code, 2)
      assert.include(stderr, "two names")
    })
  )

  it.live("an answer that is not read to its end is no failure", () =>
    Effect.gen(function* () {
      const workspace = yield* makeWorkspace
      yield* workspace.ok(["run", "rollout", "--run", "told", ...questionsEach(2)])
      const reader = yield* workspace.start(["log", "tail", "--json", "--from", "1"])
      yield* reader.stopReading
      const { code, stderr } = yield* reader.ended
      assert.deepStrictEqual([code, stderr], [0, ""])
    })
  )
})

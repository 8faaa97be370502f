import { readdirSync, writeFileSync } from "node:fs"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { patience } from "../support/smartsearch.ts"
import { makeWorkspace, type Workspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

/** A configuration that is right: each case below spoils one thing about it. */
const goodConfiguration = `run:
  name: mine
questions:
  - dataset: mine
    path: questions.jsonl
retrieval:
  retriever:
    kind: bm25
    corpus: corpus.jsonl
scoring:
  novelty:
    maxOverlap: 1
judge: { kind: evidence }
`

const passage = (id: string) => JSON.stringify({ id, contents: `"Rome"\nRome is the capital of Italy.` })
const question = (id: string, more: object = {}) =>
  JSON.stringify({
    id,
    question: "What is the capital of Italy?",
    golden_answers: ["Rome"],
    metadata: { gold_passage_ids: ["p1"] },
    ...more
  })

const goodFiles: Readonly<Record<string, string>> = {
  "run.yaml": goodConfiguration,
  "questions.jsonl": `${question("q1")}\n${question("q2")}\n`,
  "corpus.jsonl": `${passage("p1")}\n${passage("p2")}\n`
}

/** Writes the files into a workspace; an undefined one is left out. */
const write = (workspace: Workspace, files: Readonly<Record<string, string | undefined>>): void => {
  for (const [name, text] of Object.entries(files)) {
    if (text !== undefined) writeFileSync(workspace.path(name), text)
  }
}

const run = ["run", "rollout", "--config", "run.yaml"]

interface Case {
  readonly what: string
  /** Instead of the good ones. */
  readonly files?: Readonly<Record<string, string | undefined>>
  readonly args?: ReadonlyArray<string>
  /** The whole of stderr, with `DIR` for the working folder. */
  readonly says: string
  readonly code?: number
}

const spoilt = (from: string, to: string) => ({ "run.yaml": goodConfiguration.replace(from, to) })

const refused: ReadonlyArray<Case> = [
  {
    what: "an unknown key",
    files: spoilt("maxOverlap", "maxOverlpa"),
    says: 'run.yaml:12:5: scoring.novelty: unknown key "maxOverlpa" (did you mean "maxOverlap"?)'
  },
  {
    what: "a value of the wrong type",
    files: spoilt("maxOverlap: 1", "maxOverlap: one"),
    says: 'run.yaml:12:5: scoring.novelty.maxOverlap: expected a non-negative integer, got "one"'
  },
  {
    what: "a wrong value on the command line",
    args: [...run, "--set", "policy.maxTurn=3"],
    says: '--set: policy: unknown key "maxTurn" (did you mean "maxTurns"?)'
  },
  {
    what: "a combination that can't be read",
    args: [...run, "--set", "scoring.combine=novelty and"],
    says: '--set: scoring.combine: expected a scorer name, "not" or "(", found the end, at character 12 of "novelty and"'
  },
  { what: "no configuration file", files: { "run.yaml": undefined }, says: "run.yaml: no such file" },
  {
    what: "an unknown preset",
    args: ["run", "rollout", "--config", "quikstart"],
    says: '--config: no preset "quikstart" (did you mean "quickstart"?); there are atlas, paper-3b, quickstart, or give the path of a .yaml file'
  },
  {
    what: "no file of questions",
    files: { "questions.jsonl": undefined },
    says: "DIR/questions.jsonl: no such file"
  },
  {
    what: "a question without an answer",
    files: { "questions.jsonl": `${question("q1")}\n${question("q2", { golden_answers: undefined })}\n` },
    says: 'DIR/questions.jsonl:2: missing key "golden_answers"'
  },
  {
    what: "two questions of one id",
    files: { "questions.jsonl": `${question("q1")}\n\n${question("q1")}\n` },
    says: 'DIR/questions.jsonl:3: id "q1" is taken: line 1 has it'
  },
  {
    what: "a question without the passages that the judge needs",
    files: { "questions.jsonl": `${question("q1")}\n${question("q2", { metadata: {} })}\n` },
    says: "DIR/questions.jsonl: 1 of 2 questions of mine name no gold passages (first: q2), which the evidence judge needs; set judge.kind to llm, or give metadata.gold_passage_ids"
  },
  { what: "no corpus", files: { "corpus.jsonl": undefined }, says: "DIR/corpus.jsonl: no such file" },
  {
    what: "a passage without contents",
    files: { "corpus.jsonl": `${passage("p1")}\n{"id": "p2", "text": "Rome"}\n` },
    says: 'DIR/corpus.jsonl:2: expected "contents" to be a non-empty string: "Title", a line break, the text, found no "contents" (fields: id, text)'
  },
  {
    what: "an unknown subcommand",
    args: ["run", "rolout"],
    says: 'Unknown subcommand "rolout" for "smartsearch run" (did you mean rollout?); see `smartsearch run --help`',
    code: 2
  },
  {
    what: "an unknown option",
    args: [...run, "--sett", "x=y"],
    says: "Unrecognized flag: --sett in command smartsearch run rollout (did you mean --set?); see `smartsearch run rollout --help`",
    code: 2
  },
  {
    what: "a file that is not there",
    args: ["log", "import", "nothing.ndjson"],
    says: "nothing.ndjson: no such file or folder; see `smartsearch log import --help`",
    code: 2
  },
  {
    what: "a file where a folder is expected",
    args: ["datasets", "verify", "run.yaml"],
    says: "run.yaml: expected a folder, found a file; see `smartsearch datasets verify --help`",
    code: 2
  },
  {
    what: "a path that leads through a file",
    args: ["log", "import", "run.yaml/events.ndjson"],
    says: "run.yaml/events.ndjson: no such file or folder, since a part of the path is a file or can't be read; see `smartsearch log import --help`",
    code: 2
  },
  {
    what: "a folder that is no dataset",
    args: ["datasets", "verify", "."],
    says: "DIR is no dataset: it has no manifest.json"
  }
]

describe("bad input", () => {
  it.live.each(refused)(
    "$what is told in one line, and nothing is written",
    ({ files = {}, args = run, says, code = 1 }) =>
      Effect.gen(function* () {
        const workspace = yield* makeWorkspace
        write(workspace, { ...goodFiles, ...files })
        const before = readdirSync(workspace.folder)
        const ended = yield* workspace.run(args, { folder: workspace.folder })
        assert.strictEqual(ended.stderr.replaceAll(workspace.folder, "DIR"), `smartsearch: ${says}\n`)
        assert.deepStrictEqual([ended.code, ended.stdout], [code, ""])
        assert.deepStrictEqual(readdirSync(workspace.folder), before)
      })
  )
})

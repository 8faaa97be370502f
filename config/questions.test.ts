import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Result } from "effect"
import { parseQuestions, readQuestions, takeQuestions } from "./questions.ts"

const row = (values: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({ id: "q1", question: "Who?", golden_answers: ["Ada"], ...values })

const parse = (...lines: ReadonlyArray<string>) =>
  parseQuestions(lines.join("\n"), { dataset: "demo", path: "questions.jsonl" })

const problemsOf = (...lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  Result.match(parse(...lines), { onFailure: ({ message }) => message.split("\n"), onSuccess: () => [] })

describe("a questions file", () => {
  it("gives a question of its dataset for each row, with the evidence that the row names", () => {
    const metadata = {
      type: "bridge",
      gold_passage_ids: ["p1", "p2"],
      supporting_titles: ["Ada", "Engine"],
      decomposition: [
        { question: "First?", answer: "A", support_passage_id: "p1" },
        { question: "Then?", answer: "B" }
      ]
    }
    assert.deepStrictEqual(Result.getOrThrow(parse(row({ metadata }), "", row({ id: 7, metadata: null }))), [
      {
        question: {
          id: "q1",
          dataset: "demo",
          question: "Who?",
          goldenAnswers: ["Ada"],
          evidence: {
            passageIds: ["p1", "p2"],
            titles: ["Ada", "Engine"],
            subQuestions: [{ question: "First?", passageId: "p1" }, { question: "Then?" }]
          }
        }
      },
      { question: { id: "7", dataset: "demo", question: "Who?", goldenAnswers: ["Ada"] } }
    ])
  })

  it("has evidence only where the metadata names some", () => {
    const [question] = Result.getOrThrow(parse(row({ metadata: { type: "bridge" } })))
    assert.isUndefined(question?.question.evidence)
  })

  it("gives the prefix of a branch to continue", () => {
    const prefix = "<think>Well.</think>\n<search>Ada</search>"
    assert.strictEqual(Result.getOrThrow(parse(row({ prefix })))[0]?.prefix, prefix)
    assert.notProperty(Result.getOrThrow(parse(row({ prefix: null })))[0], "prefix")
  })

  it.each([
    ["{", /^questions\.jsonl:1: not JSON: /],
    ['"text"', /^questions\.jsonl:1: expected object, got "text"$/],
    [row({ question: undefined }), /^questions\.jsonl:1: missing key "question"$/],
    [row({ golden_answers: "Ada" }), /^questions\.jsonl:1: golden_answers: expected a list of texts, got "Ada"$/],
    [row({ golden_answers: [1] }), /^questions\.jsonl:1: golden_answers\.0: expected string, got 1$/],
    [row({ id: 1.5 }), /^questions\.jsonl:1: id: expected an integer, got 1\.5$/],
    [row({ id: null }), /^questions\.jsonl:1: id: expected a text or an integer, got null$/],
    [
      row({ prefix: "<think>" }),
      /^questions\.jsonl:1: prefix: expected a text that ends with a search query, got "<think>"$/
    ],
    [
      row({ metadata: { gold_passage_ids: "p1" } }),
      /^questions\.jsonl:1: metadata\.gold_passage_ids: expected a list of passage ids, got "p1"$/
    ]
  ])("with the row %s is told in one line", (line, expected) => {
    const problems = problemsOf(line)
    assert.lengthOf(problems, 1)
    assert.match(problems[0] ?? "", expected)
  })

  it("with several wrong rows is told with all of them, by the lines of the file", () => {
    assert.deepStrictEqual(problemsOf(row(), "", row(), row({ id: "q2", question: 5, golden_answers: undefined })), [
      'questions.jsonl:3: id "q1" is taken: line 1 has it',
      "questions.jsonl:4: question: expected string, got 5",
      'questions.jsonl:4: missing key "golden_answers"'
    ])
  })

  it("with many wrong rows is told with the first of them and how many there are", () => {
    const problems = problemsOf(...Array.from({ length: 50 }, () => "{}x"))
    assert.lengthOf(problems, 21)
    assert.strictEqual(problems.at(-1), "… and 30 more")
  })

  it("that is empty is refused", () => {
    assert.deepStrictEqual(problemsOf("", ""), ["questions.jsonl: holds no questions"])
  })
})

describe("the questions of a run", () => {
  const rows = Result.getOrThrow(parse(...Array.from({ length: 100 }, (_, index) => row({ id: `q${index}` }))))
  const idsOf = (taken: typeof rows) => taken.map(({ question }) => question.id)

  it("are the first ones of the file", () => {
    assert.deepStrictEqual(idsOf(takeQuestions(rows, { limit: 2, shuffle: false }, 42)), ["q0", "q1"])
    assert.lengthOf(takeQuestions(rows, { shuffle: false }, 42), 100)
  })

  it("are the same sample for the same seed, and another one for another", () => {
    const sample = idsOf(takeQuestions(rows, { limit: 10, shuffle: true }, 42))
    assert.deepStrictEqual(idsOf(takeQuestions(rows.toReversed(), { limit: 10, shuffle: true }, 42)), sample)
    assert.notDeepEqual(idsOf(takeQuestions(rows, { limit: 10, shuffle: true }, 43)), sample)
    assert.strictEqual(new Set(sample).size, 10)
  })

  it("of a larger sample hold every smaller one", () => {
    const larger = idsOf(takeQuestions(rows, { limit: 20, shuffle: true }, 42))
    assert.deepStrictEqual(idsOf(takeQuestions(rows, { limit: 10, shuffle: true }, 42)), larger.slice(0, 10))
  })
})

describe("reading a questions file", () => {
  it.effect("names the file by its sha256, however many questions are taken", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* fs.makeTempFileScoped()
      yield* fs.writeFileString(path, `\uFEFF${row()}\r\n${row({ id: "q2" })}\r\n`)
      const set = yield* readQuestions({ dataset: "demo", path, limit: 1, shuffle: false }, 42)
      assert.strictEqual(set.dataset, "demo")
      assert.match(set.sha256, /^[0-9a-f]{64}$/)
      assert.deepStrictEqual(
        set.questions.map(({ question }) => question.id),
        ["q1"]
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("says that the file is missing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(readQuestions({ dataset: "demo", path: "/nowhere.jsonl", shuffle: false }, 42))
      assert.strictEqual(error.message, "/nowhere.jsonl: no such file")
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

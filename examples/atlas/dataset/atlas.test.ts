import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { buildBm25 } from "../../../actors/retrieval/bm25/bm25.ts"
import { parseCorpusLine } from "../../../actors/retrieval/corpus.ts"
import { parseQuestions } from "../../../config/questions.ts"
import { normalizeAnswer, scoreAnswer } from "../../../method/answerScore.ts"
import { unseenTypes } from "../world/questions.ts"
import { atlasOf, defaultSeed, filesOf } from "./atlas.ts"
import type { Row } from "./rows.ts"

const folder = join(import.meta.dirname, "..")
const atlas = atlasOf(defaultSeed)
const { counterfactual, dev, test, train, world } = atlas

const linesOf = (text: string) => text.trimEnd().split("\n")
const contentsById = (corpus: string): ReadonlyMap<string, string> =>
  new Map(
    linesOf(corpus).map((line, index) => {
      const { contents, id } = Result.getOrThrow(parseCorpusLine(line, index + 1))
      return [id, contents]
    })
  )
const corpora = { true: contentsById(world.corpus), counterfactual: contentsById(counterfactual.corpus) }
const pairOf = ({ metadata: { entity, type } }: Row) => `${type} ${entity}`
const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`

describe("the files of the atlas on disk", () => {
  it("are what is generated (else: node examples/atlas/generate.ts)", () => {
    for (const [path, text] of filesOf(atlas)) assert.isTrue(readFileSync(join(folder, path), "utf8") === text, path)
  })

  it("are questions files as runs read them", () => {
    for (const [path, text] of filesOf(atlas)) {
      if (path.endsWith("corpus.jsonl")) continue
      const rows = Result.getOrThrow(parseQuestions(text, { dataset: "atlas", path }))
      assert.strictEqual(rows.length, linesOf(text).length)
      for (const { question } of rows) assert.isAtLeast(question.evidence?.passageIds.length ?? 0, 1)
    }
  })
})

describe("the questions of the atlas", () => {
  const all = [...train, ...dev, ...test, ...counterfactual.test]

  it("are as many as they should be", () => {
    assert.deepStrictEqual(
      [train, dev, test, counterfactual.test].map(({ length }) => length),
      [1600, 200, 240, 240]
    )
  })

  it("are of one split alone, whatever the seed", () => {
    const asked = [train, dev, test].flat()
    assert.strictEqual(new Set(asked.map(pairOf)).size, asked.length)
    assert.strictEqual(new Set(asked.map(({ question }) => question)).size, asked.length)
    const learnt = new Set([...train, ...dev].map(pairOf))
    for (const row of [...counterfactual.test, ...atlasOf(defaultSeed + 1).test]) {
      assert.isFalse(learnt.has(pairOf(row)), row.id)
    }
  })

  it("rest on passages of their corpus, which hold what each step leads to", () => {
    for (const { golden_answers: answers, id, metadata } of all) {
      const corpus = corpora[metadata.world]
      const steps = metadata.decomposition
      assert.deepStrictEqual(
        steps.map((step) => step.support_passage_id),
        metadata.gold_passage_ids
      )
      for (const [index, step] of steps.entries()) {
        const contents = corpus.get(step.support_passage_id) ?? ""
        assert.include(contents, step.answer, id)
        assert.isTrue(contents.startsWith(`"${metadata.supporting_titles[index]}"\n`), id)
        assert.include(step.question, (index === 0 ? metadata.entity : steps[index - 1]?.answer) ?? "?")
      }
      assert.deepStrictEqual(
        answers,
        steps.slice(-1).map(({ answer }) => answer)
      )
    }
  })

  it("can be answered: BM25 finds every gold passage among the first three for the query of its step", () => {
    for (const [rows, corpus] of [
      [[...train, ...dev, ...test], corpora.true],
      [counterfactual.test, corpora.counterfactual]
    ] as const) {
      const documents = Array.from(corpus, ([id, contents]) => ({ id, contents }))
      const { search } = buildBm25({ documents, fingerprint: "atlas" })
      for (const { question, support_passage_id } of rows.flatMap(({ metadata }) => metadata.decomposition)) {
        assert.include(
          search(question, 3).map(({ id }) => id),
          support_passage_id
        )
      }
    }
  })

  it("have answers that exact match tells from everything else on the way", () => {
    for (const { golden_answers: answers, metadata } of all) {
      assert.isNotEmpty(normalizeAnswer(answers[0] ?? ""))
      for (const step of metadata.decomposition.slice(0, -1))
        assert.strictEqual(scoreAnswer(step.answer, answers).em, 0)
    }
  })

  it("keep the unseen kinds for the tests, forty questions of them", () => {
    for (const { metadata } of all) assert.strictEqual(metadata.unseen, unseenTypes.has(metadata.type))
    for (const rows of [train, dev]) assert.isFalse(rows.some(({ metadata }) => metadata.unseen))
    for (const rows of [test, counterfactual.test]) {
      assert.strictEqual(rows.filter(({ metadata }) => metadata.unseen).length, 40)
    }
  })
})

describe("the counterfactual test", () => {
  it("asks what the test asks, wherever that question exists, in the same words", () => {
    const wording = new Map(test.map(({ id, question }) => [id, question]))
    const possible = new Set(counterfactual.questions.flat().map(({ id }) => id))
    const shared = counterfactual.test.filter(({ id }) => wording.has(id))
    assert.strictEqual(shared.length, test.filter(({ id }) => possible.has(id)).length)
    for (const { id, question } of shared) assert.strictEqual(question, wording.get(id))
  })

  it("has other answers than the true world for nearly all of them", () => {
    const known = counterfactual.test.filter(({ metadata }) => metadata.true_answer !== undefined)
    assert.isAbove(known.length, 150)
    const kept = known.filter(({ golden_answers: answers, metadata }) => answers.includes(metadata.true_answer ?? ""))
    assert.isBelow(kept.length, known.length / 20)
    const trueAnswers = new Map(test.map(({ golden_answers: [answer], id }) => [id, answer]))
    for (const { id, metadata } of known) {
      if (trueAnswers.has(id)) assert.strictEqual(metadata.true_answer, trueAnswers.get(id))
    }
  })
})

describe("README.md", () => {
  const readme = readFileSync(join(folder, "README.md"), "utf8")

  it("counts the rows of each file", () => {
    for (const [path, text] of filesOf(atlas)) {
      const rows = linesOf(text).length.toLocaleString("en-US")
      assert.match(readme, new RegExp(`\\| \`${path}\` +\\| +${rows} \\|`))
    }
  })

  it("says how many questions were left out, and why", () => {
    for (const { asked, leftOut } of [world, counterfactual]) {
      const counts = [leftOut.unfound, leftOut.unclear, leftOut.early]
      const cells = counts.map((count) => `${count} (${percent(count, asked)})`)
      const row = [asked.toLocaleString("en-US"), ...cells].map((cell) => ` +${cell.replace(/[()]/g, "\\$&")} `)
      assert.match(readme, new RegExp(`\\|${row.join("\\|")}\\|`))
    }
  })

  it("says how many questions the two tests share, and how much the question itself finds", () => {
    const ids = new Set(test.map(({ id }) => id))
    const shared = counterfactual.test.filter(({ id }) => ids.has(id))
    const kept = shared.filter(({ golden_answers: answers, metadata }) => answers.includes(metadata.true_answer ?? ""))
    assert.include(readme, `${shared.length} of its 240 questions are those of \`test.jsonl\``)
    assert.include(readme, `${kept.length} of these ${shared.length} have by chance`)
    const documents = Array.from(corpora.true, ([id, contents]) => ({ id, contents }))
    const { search } = buildBm25({ documents, fingerprint: "atlas" })
    const found = test.map(({ metadata, question }) => {
      const ids = search(question, 3).map(({ id }) => id)
      return metadata.gold_passage_ids.map((id) => ids.includes(id))
    })
    const share = percent(found.flat().filter(Boolean).length, found.flat().length)
    const whole = percent(found.filter((those) => those.every(Boolean)).length, found.length)
    assert.include(
      readme.replaceAll("\n", " "),
      `finds ${share} of the gold passages of \`test.jsonl\` among its first three, and all of them for ${whole} of the questions`
    )
  })

  it("shows every kind that is kept for the tests", () => {
    for (const type of unseenTypes) assert.include(readme, `\`${type}\``)
  })
})

import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { type Bm25Retriever, buildBm25 } from "../../../actors/retrieval/bm25/bm25.ts"
import { readCorpus } from "../../../actors/retrieval/corpus.ts"
import { checkFormat, predictedAnswer } from "../../../method/answer.ts"
import { scoreAnswer } from "../../../method/answerScore.ts"
import { issuedQueries, priming, renderResults, stopAfterSearch } from "../../../method/protocol.ts"
import { continueHeuristically } from "./continueHeuristically.ts"

const question = "Where was the director of film Alba born?"
const alba = '"Alba (film)"\nAlba is a 1935 Polish film directed by Jan Nowak.'
const nowak = '"Jan Nowak (director)"\nJan Nowak (1900 – 1970) was a film director. He was born in Lublin, Poland.'

const queriesOf = (user: string, assistant: string, seed?: number) =>
  issuedQueries(continueHeuristically({ user, assistant, ...(seed === undefined ? {} : { seed }) })).map(
    ({ query }) => query
  )

describe("continueHeuristically", () => {
  it("begins with the question's own words and stops at the end of its query", () => {
    const text = continueHeuristically({ user: question, assistant: priming })
    assert.isTrue(text.endsWith(stopAfterSearch))
    assert.isFalse(text.includes("<think>"))
    assert.deepStrictEqual(queriesOf(question, priming), ["Where was the director of film Alba born"])
  })

  it("follows the relation, then reads the fact and answers", () => {
    const first = `${priming} I look. </think>\n<search> Alba </search>${renderResults([alba])}`
    assert.deepStrictEqual(queriesOf(question, first), ["Jan Nowak"])
    const second = `${first}<think> Next. </think>\n<search> Jan Nowak </search>${renderResults([nowak])}`
    assert.strictEqual(predictedAnswer(second + continueHeuristically({ user: question, assistant: second })), "Lublin")
  })

  it("goes on from a query that somebody else wrote", () => {
    const prefix = `${priming} Mine. </think>\n<search> the 1935 picture Alba </search>${renderResults([alba, nowak])}`
    const text = continueHeuristically({ user: question, assistant: prefix })
    assert.isTrue(text.startsWith("<think> "))
    assert.strictEqual(predictedAnswer(text), "Lublin")
  })

  it("compares two things after reading about both", () => {
    const user = "Who was born first, Ann Lee or Jan Nowak?"
    assert.deepStrictEqual(queriesOf(user, priming), ["Ann Lee Jan Nowak"])
    const lee = '"Ann Lee"\nAnn Lee (born 3 May 1899) is a painter.'
    const read = `${priming} Both. </think>\n<search> Ann Lee Jan Nowak </search>${renderResults([nowak, lee])}`
    assert.strictEqual(predictedAnswer(continueHeuristically({ user, assistant: read })), "Ann Lee")
  })

  it("asks for a name only once, and answers after five searches whatever it found", () => {
    const empty = `<think> x </think>\n<search> Jan Nowak </search>${renderResults([alba])}`
    assert.notInclude(queriesOf(question, `${empty}`), "Jan Nowak")
    assert.isEmpty(queriesOf(question, empty.repeat(5)))
  })

  it("is greedy without a seed and draws by the seed with one", () => {
    const drawn = new Set(Array.from({ length: 20 }, (_, seed) => queriesOf(question, priming, seed)[0]))
    assert.sameMembers([...drawn], ["Where was the director of film Alba born", "director film Alba born"])
    assert.deepStrictEqual(queriesOf(question, priming, 3), queriesOf(question, priming, 3))
  })

  it.prop(
    "keeps to the protocol whatever it is asked and whatever it reads",
    [Schema.String, Schema.Array(Schema.String)],
    ([user, documents]) => {
      const begun = `${priming} x </think>\n<search> y </search>${renderResults(documents.map((text) => `"T"\n${text}`))}`
      for (const assistant of [priming, begun]) {
        const text = assistant + continueHeuristically({ user, assistant })
        const searches = text.endsWith(stopAfterSearch)
        assert.strictEqual(searches, issuedQueries(text.slice(assistant.length)).length === 1)
        if (!searches) assert.notStrictEqual(predictedAnswer(text), "")
      }
    }
  )
})

const rollout = (retriever: Bm25Retriever, user: string): string => {
  let transcript: string = priming
  for (let turn = 0; turn < 10; turn++) {
    const text = continueHeuristically({ user, assistant: transcript })
    transcript += text
    const queries = issuedQueries(text)
    if (queries.length === 0) return transcript
    for (const { query } of queries) {
      transcript += renderResults(retriever.search(query, 5).map(({ contents }) => contents))
    }
  }
  return transcript
}

const Row = Schema.fromJsonString(
  Schema.Struct({ question: Schema.String, golden_answers: Schema.Array(Schema.String) })
)

layer(NodeFileSystem.layer)("continueHeuristically over real questions", (it) => {
  it.effect("ends every trajectory in the right format, and some with the right answer", () =>
    Effect.gen(function* () {
      const fileSystem = yield* FileSystem.FileSystem
      const retriever = buildBm25(yield* readCorpus("examples/small/corpus.jsonl"))
      const lines = yield* fileSystem.readFileString("examples/small/questions/2wikimultihopqa.jsonl")
      const rows = lines
        .trim()
        .split("\n")
        .map((line) => Schema.decodeUnknownSync(Row)(line))
      const scores = rows.map((row) => {
        const transcript = rollout(retriever, row.question)
        assert.deepStrictEqual(checkFormat(transcript), { ok: true })
        return scoreAnswer(predictedAnswer(transcript), row.golden_answers).f1
      })
      assert.isAtLeast(scores.filter((f1) => f1 === 1).length, 2)
    })
  )
})

import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { checkFormat, predictedAnswer } from "./answer.ts"
import {
  cutAtQuery,
  extractQueries,
  hasBrokenTag,
  issuedQueries,
  pendingQueries,
  prefixQuery,
  priming,
  renderResults,
  replaceLastQuery,
  resultSpans,
  stopAfterSearch,
  transcriptQueries
} from "./protocol.ts"

const nolan = `"Christopher Nolan"\nBritish and American film director.`
const london = `"London"\nCapital of England.`

/** Two rounds, the second after a second output, and an answer. */
const transcript =
  `${priming} Who made it? </think>\n<search> director of Tenet </search>${renderResults([nolan])}` +
  `<think> Born where? </think><search>Nolan birthplace</search>${renderResults([nolan, london])}` +
  "<think> Done. </think><answer> \\boxed{London} </answer>"

/** Documents of text that is made of tags, their pieces, and anything else. */
const Piece = Schema.Union([
  Schema.Literals(["<result>", "</result>", "<search>", "</search>", "<answer>", "</answer>", "<think>", "</think>"]),
  Schema.Literals(["<", "</", "/search", "search>", "result>", "</search<", "\\boxed{y}", " ", "\n"]),
  Schema.String
])
const Passages = Schema.Array(Schema.Array(Piece))

const textsOf = (passages: typeof Passages.Type): ReadonlyArray<string> => passages.map((pieces) => pieces.join(""))

describe("extractQueries", () => {
  it.each<[behaviour: string, output: string, queries: ReadonlyArray<string>]>([
    ["reads one query, trimmed", "<think> a </think>\n<search> who is x </search>", ["who is x"]],
    ["reads two queries of one output in order", "<search>a</search> and <search> b</search>", ["a", "b"]],
    ["keeps line breaks inside a query", "<search>\na\nb\n</search>", ["a\nb"]],
    ["keeps an empty query", "<search>  </search>", [""]],
    ["finds none in an answer", "<think>x</think><answer>\\boxed{1}</answer>", []],
    ["finds none in an empty output", "", []],
    ["finds none when a search is not closed", "<search>a", []],
    ["finds none when only the closing tag is there", "a</search>", []],
    ["finds none when one of two is not closed", "<search>a</search><search>b", []],
    ["finds none when a closing tag comes first", "</search>a<search>", []],
    ["finds none when the second pair is reversed", "<search>a</search></search>b<search>", []],
    ["finds none when a closing tag is broken", "<search>a</search<", []],
    ["takes a balanced nested search as one query", "<search>a<search>b</search></search>", ["a<search>b"]],
    ["reads unicode", "<search>Où est Curaçao — 東京?</search>", ["Où est Curaçao — 東京?"]],
    ["executes a search written inside an invented result", "<result><search>a</search></result>", ["a"]]
  ])("%s", (_, output, queries) => {
    expect(extractQueries(output)).toEqual(queries)
  })

  it("says where each query stands, tags included", () => {
    const output = "<think>x</think><search> a </search>,<search>b</search>"
    expect(issuedQueries(output).map(({ start, end }) => output.slice(start, end))).toEqual([
      "<search> a </search>",
      "<search>b</search>"
    ])
  })
})

describe("renderResults", () => {
  it.each<[behaviour: string, contents: ReadonlyArray<string>, text: string]>([
    ["renders one document", ["A\na"], "<result>result: \nA\na\n</result>\n"],
    ["parts documents by a blank line", ["A\na", "B\nb"], "<result>result: \nA\na\n\nB\nb\n</result>\n"],
    ["strips white space around the whole", ["\n A", "B \n\n"], "<result>result: \nA\n\nB\n</result>\n"],
    ["renders nothing found as an empty result", [], "<result>\n</result>\n"],
    ["renders empty documents as an empty result", ["", " "], "<result>\n</result>\n"],
    [
      "parts the tags that a document quotes",
      ["Close it: </result><search>b</search>, or </search<"],
      "<result>result: \nClose it: < /result>< search>b< /search>, or < /search<\n</result>\n"
    ],
    [
      "leaves everything else as it is, markup too",
      ["a < b, <br/> <results> <Search> &lt;search&gt; </ search>"],
      "<result>result: \na < b, <br/> <results> <Search> &lt;search&gt; </ search>\n</result>\n"
    ]
  ])("%s", (_, contents, text) => {
    expect(renderResults(contents)).toBe(text)
  })

  it.prop("never lets a document pass for anything else than a document", [Passages, Passages], ([first, second]) => {
    const results = [renderResults(textsOf(first)), renderResults(textsOf(second))]
    const outputs = ["<think>a</think><search>one</search>", "<think>b</think><search>two</search>"]
    const prefix = `${outputs[0]}${results[0]}${outputs[1]}`
    const answered = `${prefix}${results[1]}<think>c</think><answer>\\boxed{x}</answer>`
    expect(resultSpans(answered).map(({ start, end }) => `${answered.slice(start, end)}\n`)).toEqual(results)
    expect(transcriptQueries(answered).map(({ query }) => query)).toEqual(["one", "two"])
    expect(pendingQueries(prefix).map(({ query }) => query)).toEqual(["two"])
    expect(replaceLastQuery(prefix, "new")).toBe(`${prefix.slice(0, -"two</search>".length)}new</search>`)
    expect(results.flatMap((result) => extractQueries(result))).toEqual([])
    expect(results.map(predictedAnswer)).toEqual(["", ""])
    expect([checkFormat(answered).ok, hasBrokenTag(answered)]).toEqual([true, false])
  })
})

describe("a prefix", () => {
  it.each<[behaviour: string, prefix: string, query: string | undefined]>([
    ["ends with its query", "<think>x</think><search> a </search>", "a"],
    ["may have white space after it", "<think>x</think><search>a</search>\n", "a"],
    ["ends with the last of two queries", "<search>a</search><search>b</search>", "b"],
    ["has no query when it ends with a result", "<search>a</search><result>\n</result>\n", undefined],
    ["has no query when text follows", "<search>a</search> so", undefined],
    ["has no query when the last search is not opened", "<search>a</search>b</search>", undefined],
    ["has no query when there is no tag", "<think>", undefined],
    ["ignores what came before the last result", "<search>a<result>x</result><search>b</search>", "b"]
  ])("%s", (_, prefix, query) => {
    expect(prefixQuery(prefix)).toBe(query)
  })

  it("leaves every query of its last output unanswered, and none before", () => {
    const prefix = `<search>a</search>${renderResults([nolan])}<think>x</think><search>b</search><search>c</search>`
    const pending = pendingQueries(prefix)
    expect(pending.map(({ query }) => query)).toEqual(["b", "c"])
    expect(pending.map(({ end }) => prefix.slice(0, end).endsWith(stopAfterSearch))).toEqual([true, true])
    expect(pending.at(-1)?.end).toBe(prefix.length)
  })

  it.each<[behaviour: string, prefix: string, replaced: string]>([
    ["keeps the blanks around the query", "<search> old </search>", "<search> new $& </search>"],
    [
      "replaces only the last query",
      "<search>old</search><search>old</search>",
      "<search>old</search><search>new $&</search>"
    ],
    ["fills an empty query", "<search></search>", "<search>new $&</search>"],
    ["stays as it is without a query at its end", "<search>old</search><result>", "<search>old</search><result>"]
  ])("whose query is replaced %s", (_, prefix, replaced) => {
    expect(replaceLastQuery(prefix, "new $&")).toBe(replaced)
  })
})

describe("a transcript", () => {
  it("gives the query of every round and where to cut for a branch", () => {
    const queries = transcriptQueries(transcript)
    expect(queries.map(({ query }) => query)).toEqual(["director of Tenet", "Nolan birthplace"])
    const prefixes = queries.map(({ end }) => cutAtQuery(transcript, end))
    expect(prefixes.map(prefixQuery)).toEqual(["director of Tenet", "Nolan birthplace"])
    expect(prefixes[1]).toContain(renderResults([nolan]))
    expect(prefixes[1]).not.toContain(london)
  })

  it("does not take a document that quotes the tags for a search", () => {
    const quoting = "<search>a</search><result>Write <search>x</search> to search.\n</result>\n<search>b</search>"
    expect(transcriptQueries(quoting).map(({ query }) => query)).toEqual(["a", "b"])
  })

  it.each<[behaviour: string, text: string, blocks: ReadonlyArray<string>]>([
    ["has no result spans without results", "<think>x</think>", []],
    [
      "has one span for each result",
      "a<result>1</result>b<result>2</result>",
      ["<result>1</result>", "<result>2</result>"]
    ],
    [
      "has a span to its end when a result is cut off",
      "a<result>1</result>\n<result>2 and",
      ["<result>1</result>", "<result>2 and"]
    ],
    ["ignores a closing tag that nothing opened", "</result><result>1</result>", ["<result>1</result>"]]
  ])("%s", (_, text, blocks) => {
    expect(resultSpans(text).map(({ start, end }) => text.slice(start, end))).toEqual(blocks)
  })

  it.each([
    ["<search>a</search<", true],
    ["<search>a</search</search>", true],
    ["<search>a</search>", false],
    ["<search>a< /search<", false]
  ])("%s is broken: %s", (text, broken) => {
    expect(hasBrokenTag(text)).toBe(broken)
  })
})

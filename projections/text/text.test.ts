import { describe, expect, it } from "vitest"
import { displayWidth, pad } from "./displayWidth.ts"
import { renderFields } from "./fields.ts"
import { markdownTable, plainTable } from "./table.ts"
import { shorten, wrap } from "./wrap.ts"

describe("displayWidth", () => {
  it.each([
    ["", 0],
    ["F1", 2],
    ["Malmö", 5],
    ["Malmo\u0308", 5],
    ["東京", 4],
    ["서울", 4],
    ["Ⅳ–…", 3],
    ["👩‍🚀", 2],
    ["❤️", 2],
    ["a\u200bb", 2],
    ["\u001b", 0]
  ])("of %j is %i columns", (text, columns) => expect(displayWidth(text)).toBe(columns))

  it("lets pad fill up on either side, and never cut", () => {
    expect(pad("東京", 6)).toBe("東京  ")
    expect(pad("9", 3, "right")).toBe("  9")
    expect(pad("long", 2)).toBe("long")
  })
})

describe("wrap", () => {
  it("breaks at blanks and keeps line breaks", () =>
    expect(wrap("who directed the film\n\nin 2001", 12)).toEqual(["who directed", "the film", "", "in 2001"]))

  it("breaks inside a word only when it fits no line", () =>
    expect(wrap("a donaudampfschiff b", 7)).toEqual(["a", "donauda", "mpfschi", "ff b"]))

  it("counts columns, not characters", () => expect(wrap("東京 大阪 京都", 9)).toEqual(["東京 大阪", "京都"]))

  it("keeps the blanks a line begins with", () => expect(wrap("  indented", 20)).toEqual(["  indented"]))
})

describe("shorten", () => {
  it.each([
    ["short", 10, "short"],
    ["one\n  line", 10, "one line"],
    ["a long sentence", 7, "a long…"],
    ["東京大阪", 5, "東京…"]
  ])("%j to %i columns", (text, columns, expected) => expect(shorten(text, columns)).toBe(expected))
})

describe("fields", () => {
  it("stand in two columns, the texts wrapped", () => {
    const fields = [
      ["n", "1"],
      ["都市", "one two three\n\nfour"]
    ] as const
    expect(renderFields(fields, 15, 1)).toBe(" n     1\n 都市  one two\n       three\n\n       four")
  })
})

const columns = [
  { title: "city", align: "left", cell: ({ city }: { city: string }) => city },
  { title: "n", align: "right", cell: ({ n }: { n: number }) => String(n) }
] as const
const rows = [
  { city: "東京", n: 5 },
  { city: "a|b", n: 12 }
]

describe("a table", () => {
  it("is aligned in a terminal", () => expect(plainTable(columns, rows)).toBe("city   n\n────  ──\n東京   5\na|b   12"))

  it("is aligned and escaped in Markdown", () =>
    expect(markdownTable(columns, rows)).toBe("| city |   n |\n| ---- | --: |\n| 東京 |   5 |\n| a\\|b |  12 |"))
})

import { describe, expect, it } from "vitest"
import { titleOf } from "./document.ts"

describe("titleOf", () => {
  it.each([
    ['"Musa (film)"\nA film.', "Musa (film)"],
    ['"The "Great" Gatsby"\nA novel.', 'The "Great" Gatsby'],
    ["A text without a title\nand more", "A text without a title"],
    ['"', '"'],
    ["", ""]
  ])("of %j is %j", (contents, title) => {
    expect(titleOf(contents)).toBe(title)
  })
})

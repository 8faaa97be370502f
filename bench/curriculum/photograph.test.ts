import { assert, it } from "@effect/vitest"
import { renderStagePlot } from "../../projections/curriculum/report/stagePlot.ts"
import { findChromium, sizeOf } from "./photograph.ts"

it("a picture is as large as its SVG says", () => {
  assert.deepStrictEqual(
    sizeOf('<?xml version="1.0"?><svg viewBox="0 0 9 9" width="880" height="12.5"><rect width="1"/>'),
    {
      width: 880,
      height: 12.5
    }
  )
  assert.strictEqual(sizeOf(renderStagePlot([])).width, 880)
  assert.throws(() => sizeOf('<svg viewBox="0 0 9 9"><rect width="1" height="1"/></svg>'), /expected an <svg>/)
})

it("the browser can be named", () => {
  assert.strictEqual(findChromium({ CHROMIUM: process.execPath }), process.execPath)
  assert.isUndefined(findChromium({ CHROMIUM: "/no/such/browser", PATH: "" }))
})

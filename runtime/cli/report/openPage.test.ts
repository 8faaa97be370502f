import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { openerOf, openPage } from "./openPage.ts"

const everything = (name: string): string => `/usr/bin/${name}`
const nothing = () => undefined

describe("what opens a page", () => {
  it("is the program of the system that shows files with the browser", () => {
    assert.deepStrictEqual(openerOf("/a b.html", "linux", { DISPLAY: ":0" }, everything), {
      program: "/usr/bin/xdg-open",
      args: ["/a b.html"]
    })
    assert.deepStrictEqual(openerOf("/a.html", "linux", { WAYLAND_DISPLAY: "wayland-0" }, everything)?.args, [
      "/a.html"
    ])
    assert.strictEqual(openerOf("/a.html", "darwin", {}, everything)?.program, "/usr/bin/open")
    assert.deepStrictEqual(openerOf("C:\\a b.html", "win32", {}, nothing), {
      program: "cmd",
      args: ["/c", "start", '""', '"C:\\a b.html"']
    })
  })

  it("is nothing without a screen, or without the program", () => {
    assert.isUndefined(openerOf("/a.html", "linux", {}, everything))
    assert.isUndefined(openerOf("/a.html", "linux", { DISPLAY: ":0" }, nothing))
  })

  it.effect("says by its exit code whether it did", () =>
    Effect.gen(function* () {
      const node = (script: string) => openPage({ program: process.execPath, args: ["-e", script] })
      assert.isTrue(yield* node(""))
      assert.isFalse(yield* node("process.exit(3)"))
      assert.isFalse(yield* openPage({ program: "/no/such/program", args: [] }))
    })
  )
})

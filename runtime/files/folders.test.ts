import { existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../event-log/testing/servers.ts"
import { checkFolder, makeFolder, refusal } from "./folders.ts"

describe("a folder", () => {
  it.effect("is made with those above it, for its owner alone if so wanted", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "a", "b")
      yield* makeFolder(folder, 0o700)
      yield* makeFolder(folder, 0o700)
      assert.strictEqual((statSync(folder).mode & 0o777).toString(8), "700")
      assert.deepStrictEqual(readdirSync(folder), [])
    })
  )

  it.effect("is only looked at by a check", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryFolder
      yield* checkFolder(parent)
      yield* checkFolder(join(parent, "a", "b"))
      assert.deepStrictEqual(readdirSync(parent), [])
    })
  )

  it.effect("that can't be made is told with the place that stands in its way", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryFolder
      const [file, link] = [join(parent, "file"), join(parent, "link")]
      writeFileSync(file, "")
      symlinkSync("/nowhere/at/all", link)
      const cases: ReadonlyArray<readonly [folder: string, message: string]> = [
        [file, `${file}: ${file} is no folder; choose another one`],
        [join(file, "x", "y"), `${join(file, "x", "y")}: ${file} is no folder; choose another one`],
        [link, `${link}: there is no folder ${link}; make it or choose another one`],
        ["/proc/x/y", "/proc/x/y: nothing can be made in /proc (ENOENT); choose a folder elsewhere"]
      ]
      for (const [folder, message] of cases) {
        assert.strictEqual((yield* Effect.flip(makeFolder(folder, 0o777))).message, message)
      }
      assert.isFalse(existsSync("/nowhere"))
    })
  )

  it.each([
    ["EACCES", "no permission to write into /srv; change its permissions or choose another folder"],
    ["EROFS", "/srv can only be read; choose a folder elsewhere"],
    ["ENOSPC", "no space is left for /srv; make room or choose a folder elsewhere"]
  ])("that refuses to be written with %s is told in words", (code, message) => {
    assert.strictEqual(refusal(Object.assign(new Error("raw"), { code }), "/srv"), message)
  })
})

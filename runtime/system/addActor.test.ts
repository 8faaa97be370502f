import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { quietLog, temporaryFolder } from "../event-log/testing/servers.ts"
import { addActor, retireActor } from "./addActor.ts"
import { readRegistrations } from "./registrations.ts"

/** A function that writes the scorer `name` as a module that scores every query alike, and tells where it lies. */
const scorerFiles = Effect.map(temporaryFolder, (folder) => (name: string, score: number, version = "1") => {
  const path = join(folder, `${name}-${score}.mjs`)
  writeFileSync(path, `export const scorer = { name: "${name}", version: "${version}", score: () => ${score} }\n`)
  return path
})

const registered = Effect.map(readRegistrations, (registrations) => [...registrations.keys()])

layer(quietLog, { excludeTestServices: true })("a scorer's name", (it) => {
  it.effect("belongs to the program that was first registered under it, also when that was retired", () =>
    Effect.gen(function* () {
      const file = yield* scorerFiles
      const first = file("keeper", 1)
      yield* addActor(first, "none")
      yield* retireActor("keeper", "a better one is coming")
      for (const changed of [file("keeper", 0), file("keeper", 0.5, "2")]) {
        const error = yield* Effect.flip(addActor(changed, "none"))
        assert.strictEqual(
          error.message,
          `keeper: registered from ${first} with other contents; its scores lie in the log, so give the changed scorer another name`
        )
      }
      assert.deepStrictEqual(yield* registered, [])
    })
  )

  it.effect("can be taken up again by the same program", () =>
    Effect.gen(function* () {
      const file = yield* scorerFiles
      yield* addActor(file("returner", 1), "none")
      yield* retireActor("returner", "for a while")
      assert.notInclude(yield* registered, "returner")
      yield* addActor(file("returner", 1), "none")
      assert.include(yield* registered, "returner")
    })
  )
})

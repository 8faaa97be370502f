import { spawn } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { isAlive } from "../../event-log/serverProcess.ts"
import { temporaryFolder } from "../../event-log/testing/servers.ts"
import { runTool } from "./runTool.ts"
import { readText, writeProgram } from "./testing/folders.ts"

const run = (folder: string, script: string, lines: Array<string> = []) =>
  runTool({
    program: "/bin/sh",
    args: ["-c", script],
    folder,
    environment: { PATH: process.env.PATH, GREETING: "hello" },
    onLine: (line) => Effect.sync(() => void lines.push(line))
  })

/** Waits for a number in a file. */
const numberIn = (file: string) =>
  Effect.sleep("20 millis").pipe(
    Effect.repeat({ until: () => existsSync(file) && readText(file).trim() !== "" }),
    Effect.map(() => Number(readText(file)))
  )

describe("a program", () => {
  it.live("runs in its folder and is told line by line", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const lines: Array<string> = []
      yield* run(folder, 'echo "$GREETING" > greeting; echo one; echo two >&2; printf three', lines)
      assert.deepStrictEqual(lines.sort(), ["one", "three", "two"])
      assert.strictEqual(readText(folder, "greeting"), "hello\n")
      assert.deepStrictEqual(readText(folder, "console.log").split("\n").sort(), ["", "one", "three", "two"])
    })
  )

  it.live.each([
    ["echo 'ValueError: no such model'; exit 3", "failed with exit code 3: ValueError: no such model", false],
    ["exit 1", "failed with exit code 1", false],
    ["echo loading; kill -9 $$", "was ended by SIGKILL: loading", true],
    ["exec /nowhere/program 2>/dev/null", "failed with exit code 127", false]
  ] as const)("that fails is told with the reason: %s", ([script, reason, retryable]) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const error = yield* Effect.flip(run(folder, script))
      assert.strictEqual(error.detail, `/bin/sh ${reason} (all it said: ${join(folder, "console.log")})`)
      assert.strictEqual(error.retryable, retryable)
    })
  )

  it.live("does not outlive the process that runs it, even when that is killed", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const tool = writeProgram(
        join(folder, "tool"),
        'require("node:fs").writeFileSync("pid", String(process.pid)); setInterval(() => {}, 1000)'
      )
      const module = new URL("./runTool.ts", import.meta.url).href
      const main = join(folder, "main.mjs")
      const options = { program: tool, args: [], folder, environment: {} }
      writeFileSync(
        main,
        `import { runTool } from ${JSON.stringify(module)}
import { Effect } from ${JSON.stringify(import.meta.resolve("effect"))}
await Effect.runPromise(runTool({ ...${JSON.stringify(options)}, onLine: () => Effect.void }))`
      )
      const parent = spawn(process.execPath, [main], { stdio: "inherit" })
      const pid = yield* numberIn(join(folder, "pid"))
      assert.isTrue(isAlive(pid))
      parent.kill("SIGKILL")
      yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => !isAlive(pid) })
    }).pipe(Effect.timeout("20 seconds"))
  )
})

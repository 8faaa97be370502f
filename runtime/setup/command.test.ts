import { spawn } from "node:child_process"
import { once } from "node:events"
import { statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it, vi } from "vitest"
import { run, tellingLines } from "./command.mjs"
import { temporaryFolder } from "./testing/temporaryFolder.ts"

const node = (code: string) => run(process.execPath, ["-e", code], { env: process.env })

describe("run", () => {
  it("keeps what the program printed to itself", async () => {
    expect(await node('console.log("out"); process.exitCode = 2')).toEqual({
      ok: false,
      outcome: "exit code 2",
      output: "out\n"
    })
    expect(await node('console.error("err")')).toEqual({ ok: true, outcome: "exit code 0", output: "err\n" })
  })

  it("says by which signal a program ended, and why one cannot be started", async () => {
    expect(await node("process.kill(process.pid, 'SIGKILL')")).toMatchObject({ ok: false, outcome: "ended by SIGKILL" })
    expect(await run("/no/such/program", [], { env: {} })).toMatchObject({
      ok: false,
      outcome: expect.stringContaining("ENOENT")
    })
  })

  it("ends the program when this process is told to end, even one that goes on after SIGTERM", async () => {
    const beats = join(temporaryFolder(), "beats")
    const stubborn = `process.on("SIGTERM", () => {})
      setInterval(() => require("node:fs").appendFileSync(${JSON.stringify(beats)}, "."), 20)`
    const parent = spawn(process.execPath, [
      "--input-type=module",
      "-e",
      `import { run } from ${JSON.stringify(new URL("command.mjs", import.meta.url).href)}
       process.on("SIGTERM", () => process.exit(1))
       await run(process.execPath, ["-e", ${JSON.stringify(stubborn)}], { env: process.env, endBy: "SIGKILL" })`
    ])
    const count = () => statSync(beats, { throwIfNoEntry: false })?.size ?? 0
    await vi.waitUntil(() => count() > 0, { timeout: 20_000 })
    parent.kill("SIGTERM")
    expect(await once(parent, "exit")).toEqual([1, null])
    await sleep(100)
    const atTheEnd = count()
    await sleep(300)
    expect(count()).toBe(atTheEnd)
  })
})

describe("tellingLines", () => {
  it("are npm's first errors, without its empty ones", () => {
    const output = "npm warn old lockfile\nnpm error code E401\nnpm error\nnpm error Incorrect password\nnpm error }\n"
    expect(tellingLines(output)).toEqual(["npm error code E401", "npm error Incorrect password"])
  })

  it("are the last lines of any other program", () => {
    expect(tellingLines("Reading package lists…\r\n\r\nE: Unable to locate package\r\n", 1)).toEqual([
      "E: Unable to locate package"
    ])
  })
})

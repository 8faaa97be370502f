import { spawn } from "node:child_process"
import { once } from "node:events"
import { expect, it, vi } from "vitest"
import { isAlive } from "../serverProcess.ts"

it("a program that a test has started dies with the test's process, even when that is killed", async () => {
  const worker = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { spawn } from "node:child_process"
       import { mortal } from ${JSON.stringify(new URL("mortal.ts", import.meta.url).href)}
       console.log(spawn(...mortal("sleep", ["60"])).pid)
       setInterval(() => {}, 1000)`
    ],
    { stdio: ["ignore", "pipe", "inherit"] }
  )
  const [line] = await once(worker.stdout, "data")
  const pid = Number(line)
  expect(isAlive(pid)).toBe(true)
  worker.kill("SIGKILL")
  await vi.waitUntil(() => !isAlive(pid), { timeout: 20_000 })
})

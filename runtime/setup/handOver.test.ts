import { spawn } from "node:child_process"
import { once } from "node:events"
import { describe, expect, it } from "vitest"
import { handOver } from "./handOver.mjs"

const node = (code: string) => handOver(process.execPath, ["-e", code], { env: process.env, stdin: "ignore" })

describe("handOver", () => {
  it("ends as the program ends", async () => {
    expect(await node("process.exit(0)")).toBe(0)
    expect(await node("process.exit(3)")).toBe(3)
  })

  it("gives a program that a signal ended the exit code a shell gives it", async () => {
    expect(await node("process.kill(process.pid, 'SIGTERM')")).toBe(128 + 15)
  })

  it("says why a program cannot be started", async () => {
    await expect(handOver("/no/such/node", [], { env: {} })).rejects.toThrow("ENOENT")
  })

  it.each(["SIGTERM", "SIGINT"] as const)("passes %s on and waits for the program's own end", async (signal) => {
    const program = `process.on("${signal}", () => process.exit(7)); setInterval(() => {}, 1000); console.log("up")`
    const parent = spawn(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `import { handOver } from ${JSON.stringify(new URL("handOver.mjs", import.meta.url).href)}
         process.exitCode = await handOver(process.execPath, ["-e", ${JSON.stringify(program)}], { env: process.env })`
      ],
      { stdio: ["ignore", "pipe", "inherit"] }
    )
    await once(parent.stdout, "data")
    parent.kill(signal)
    expect(await once(parent, "exit")).toEqual([7, null])
  })
})

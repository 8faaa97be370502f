import { describe, expect, it, vi } from "vitest"
import { step } from "./progress.mjs"

const terminal = (isTTY: boolean) => {
  const chunks: Array<string> = []
  return { isTTY, write: (text: string) => chunks.push(text), text: () => chunks.join("") }
}

describe("step", () => {
  it("writes one line with the elapsed seconds where nobody watches", async () => {
    const log = terminal(false)
    expect(await step(log, "packages", async () => 42)).toBe(42)
    expect(log.text()).toMatch(/^setup: packages … done in \d+\.\d s\n$/)
  })

  it("says at once what it does, before it is done", async () => {
    const log = terminal(false)
    await step(log, "packages", async () => expect(log.text()).toBe("setup: packages …"))
  })

  it("counts the seconds on a terminal, over the same line", async () => {
    vi.useFakeTimers()
    const screen = terminal(true)
    const done = step(screen, "packages", () => new Promise((resolve) => setTimeout(resolve, 2_500)))
    await vi.advanceTimersByTimeAsync(2_500)
    await done
    vi.useRealTimers()
    expect(screen.text()).toBe(
      [
        "setup: packages …",
        "\rsetup: packages … 1 s",
        "\rsetup: packages … 2 s",
        "\rsetup: packages … done in 2.5 s\n"
      ].join("")
    )
  })

  it("ends its line when the work fails, and lets the failure through", async () => {
    const log = terminal(false)
    const work = () => Promise.reject(new Error("no network"))
    await expect(step(log, "packages", work)).rejects.toThrow("no network")
    expect(log.text()).toMatch(/failed after \d+\.\d s\n$/)
  })
})

import { existsSync, mkdirSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { withLock } from "./lock.mjs"
import { temporaryFolder } from "./testing/temporaryFolder.ts"

const newPath = () => join(temporaryFolder(), "setup.lock")

describe("withLock", () => {
  it("lets one work at a time, and the others say that they wait", async () => {
    const path = newPath()
    let working = 0
    let most = 0
    let waited = 0
    const work = async () => {
      most = Math.max(most, ++working)
      await sleep(50)
      working--
    }
    const wait = async (waiting: () => Promise<void>) => {
      waited++
      await waiting()
    }
    await Promise.all([1, 2, 3].map(() => withLock(path, work, { wait })))
    expect({ most, waited }).toEqual({ most: 1, waited: 2 })
    expect(existsSync(path)).toBe(false)
  })

  it("opens again when the work fails", async () => {
    const path = newPath()
    await expect(withLock(path, () => Promise.reject(new Error("no network")))).rejects.toThrow("no network")
    expect(await withLock(path, async () => "second")).toBe("second")
  })

  it("takes over from a holder that died", async () => {
    const path = newPath()
    mkdirSync(path)
    utimesSync(path, new Date(0), new Date(0))
    expect(await withLock(path, async () => "taken over")).toBe("taken over")
  })

  it("leaves a holder alone that works for longer than the dead are waited for", async () => {
    const path = newPath()
    const done: Array<string> = []
    const work = (name: string) => async () => {
      await sleep(400)
      done.push(name)
      expect(done).toHaveLength(name === "first" ? 1 : 2)
    }
    const options = { staleAfter: 150, beat: 20 }
    const first = withLock(path, work("first"), options)
    await Promise.all([first, withLock(path, work("second"), options)])
    expect(done).toEqual(["first", "second"])
  })
})

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ensureNatsServer, findNatsServer } from "./natsServer.mjs"
import { fakeMachine, script } from "./testing/fakeMachine.ts"

describe("findNatsServer", () => {
  it("takes the first on PATH", () => {
    const machine = fakeMachine()
    script(join(machine.bin, "nats-server"), "")
    expect(findNatsServer(machine)).toBe(join(machine.bin, "nats-server"))
  })

  it("looks where packages put servers when PATH has none", () => {
    const elsewhere = fakeMachine()
    script(join(elsewhere.bin, "nats-server"), "")
    expect(findNatsServer(fakeMachine({ serverFolders: [elsewhere.bin] }))).toBe(join(elsewhere.bin, "nats-server"))
  })

  it("prefers the one the setting names", () => {
    const machine = fakeMachine()
    script(join(machine.bin, "nats-server"), "")
    script(join(machine.root, "mine"), "")
    const env = { ...machine.env, SMARTSEARCH_NATS_SERVER: join(machine.root, "mine") }
    expect(findNatsServer({ ...machine, env })).toBe(join(machine.root, "mine"))
  })

  it("says so when the setting names no program", () => {
    const machine = fakeMachine()
    const env = { ...machine.env, SMARTSEARCH_NATS_SERVER: machine.root }
    expect(() => findNatsServer({ ...machine, env })).toThrow(
      `SMARTSEARCH_NATS_SERVER is "${machine.root}", which is no program that can be run: set it to the full path`
    )
  })

  it("finds nothing on a bare machine", () => {
    expect(findNatsServer(fakeMachine())).toBeUndefined()
  })
})

describe("ensureNatsServer", () => {
  it("installs nothing when there is one", async () => {
    const machine = fakeMachine()
    script(join(machine.bin, "nats-server"), "")
    expect(await ensureNatsServer(machine)).toBe(join(machine.bin, "nats-server"))
    expect(machine.written()).toBe("")
  })

  it("has apt-get install it, with new package lists if the old ones do not know it, and turns its service off", async () => {
    const machine = fakeMachine()
    const calls = join(machine.root, "calls")
    script(
      join(machine.bin, "apt-get"),
      `echo "apt-get $1 $DEBIAN_FRONTEND" >> ${calls}
      case $1 in
        update) touch ${machine.root}/lists ;;
        install) test -e ${machine.root}/lists || exit 100
          cp "$0" ${machine.bin}/nats-server ;;
      esac`
    )
    script(join(machine.bin, "systemctl"), `echo "systemctl $*" >> ${calls}`)
    expect(await ensureNatsServer(machine)).toBe(join(machine.bin, "nats-server"))
    expect(readFileSync(calls, "utf8").trim().split("\n")).toEqual([
      "apt-get install noninteractive",
      "apt-get update noninteractive",
      "apt-get install noninteractive",
      "systemctl disable --now nats-server.service"
    ])
    expect(machine.written()).toMatch(/^setup: nats-server \(apt-get\) … done in \d+\.\d s\n$/)
  })

  it("asks for root rather than try without", async () => {
    const machine = fakeMachine({ isRoot: false })
    script(join(machine.bin, "apt-get"), `touch ${machine.root}/called`)
    await expect(ensureNatsServer(machine)).rejects.toThrow(
      "only root can install it: install it (sudo apt-get install nats-server), set SMARTSEARCH_NATS_SERVER to its path"
    )
    expect(existsSync(join(machine.root, "called"))).toBe(false)
  })

  it("repeats what the package manager said when it fails", async () => {
    const machine = fakeMachine()
    script(join(machine.bin, "apt-get"), 'echo "E: Could not resolve the mirror" >&2; exit 100')
    await expect(ensureNatsServer(machine)).rejects.toMatchObject({
      message: expect.stringContaining("apt-get cannot install it (exit code 100)"),
      details: ["E: Could not resolve the mirror"]
    })
    expect(machine.written()).toMatch(/failed after \d+\.\d s\n$/)
  })

  it("points to the download where no package manager is known", async () => {
    await expect(ensureNatsServer(fakeMachine())).rejects.toThrow("https://nats.io/download")
  })
})

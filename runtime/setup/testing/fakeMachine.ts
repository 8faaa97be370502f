import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Machine } from "../machine.mjs"
import { temporaryFolder } from "./temporaryFolder.ts"

/** A machine of a test's own making, in a folder of its own: nothing is on its PATH but what the test puts there. */
export interface FakeMachine extends Machine {
  /** A folder on its PATH. */
  readonly bin: string
  /** Everything set-up wrote to standard error. */
  readonly written: () => string
}

export const fakeMachine = (overrides: Partial<Machine> = {}): FakeMachine => {
  const root = temporaryFolder()
  const bin = join(root, "bin")
  mkdirSync(bin)
  const chunks: Array<string> = []
  return {
    root,
    bin,
    env: { PATH: bin },
    execPath: join(bin, "node"),
    nodeVersion: "20.20.2",
    platform: "linux",
    arch: "x64",
    isRoot: true,
    serverFolders: [],
    stderr: { isTTY: false, write: (text) => chunks.push(text) },
    written: () => chunks.join(""),
    ...overrides
  }
}

/** Puts a shell script at `path`. It has the usual commands on its PATH, and the PATH it was given in `CALLER_PATH`. */
export const script = (path: string, body: string) => {
  writeFileSync(path, `#!/bin/sh\nCALLER_PATH=$PATH\nPATH=/usr/bin:/bin\n${body}\n`)
  chmodSync(path, 0o755)
}

import { execFileSync } from "node:child_process"
import { mkdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { SetupFailure } from "./failure.mjs"
import { isExecutable } from "./machine.mjs"
import { npm } from "./npm.mjs"
import { step } from "./progress.mjs"

/** @typedef {import("./machine.mjs").Machine} Machine */

/** The Node to fetch where the machine's own is older than 24, the first that runs TypeScript as it is. */
export const NODE_VERSION = "24.21.0"

const OLDEST_MAJOR = 24

/** @param {string} version */
export const isRecent = (version) => Number.parseInt(version, 10) >= OLDEST_MAJOR

/**
 * The npm package that holds nothing but the Node program of one platform, and needs no install script.
 *
 * @param {string} platform
 * @param {string} arch
 */
export const nodePackage = (platform, arch) =>
  `${platform === "darwin" && arch === "arm64" ? "node-bin" : "node"}-${platform === "win32" ? "win" : platform}-${arch}`

/** Where set-up keeps the Node it fetches: outside node_modules, which `npm ci` deletes. */
const folderOf = (/** @type {Machine} */ { root }) => join(root, ".smartsearch/tools", `node-${NODE_VERSION}`)

const programOf = (/** @type {Machine} */ machine) =>
  join(folderOf(machine), "node_modules", nodePackage(machine.platform, machine.arch), "bin/node")

/**
 * A Node recent enough to run the system: this one, or the one set-up fetched before.
 *
 * @param {Machine} machine
 * @returns {string | undefined}
 */
export const findNode = (machine) =>
  isRecent(machine.nodeVersion) ? machine.execPath : [programOf(machine)].find(isExecutable)

/**
 * A Node recent enough to run the system, fetched from the npm registry if need be.
 *
 * @param {Machine} machine
 * @returns {Promise<string>}
 * @throws {SetupFailure} When it cannot be fetched, or does not run here.
 */
export const ensureNode = async (machine) => {
  const found = findNode(machine)
  if (found !== undefined) return found
  await step(machine.stderr, `Node ${NODE_VERSION} from npm, this one being ${machine.nodeVersion}`, () =>
    fetchNode(machine)
  )
  return programOf(machine)
}

/** @param {Machine} machine */
const fetchNode = async (machine) => {
  const folder = folderOf(machine)
  const partial = `${folder}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  const wanted = `${nodePackage(machine.platform, machine.arch)}@${NODE_VERSION}`
  await npm(["install", "--prefix", partial, "--no-save", "--ignore-scripts", wanted], {
    cwd: partial,
    env: machine.env
  })
  rmSync(folder, { recursive: true, force: true })
  renameSync(partial, folder)
  checkRuns(programOf(machine))
}

/** @param {string} program */
const checkRuns = (program) => {
  try {
    execFileSync(program, ["--version"], { stdio: "pipe" })
  } catch (error) {
    throw new SetupFailure({
      what: `${program}, as it came from npm, does not run`,
      remedy: `install Node ${OLDEST_MAJOR} or newer yourself and put it first on PATH`,
      details: [String(error)]
    })
  }
}

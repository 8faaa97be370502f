import { run, tellingLines } from "./command.mjs"
import { SetupFailure } from "./failure.mjs"
import { isExecutable, which } from "./machine.mjs"
import { packageManagers, stopService } from "./packageManagers.mjs"
import { step } from "./progress.mjs"

/** @typedef {import("./machine.mjs").Machine} Machine */

/** Names the program explicitly; set-up also tells the command by it what it found. */
export const SETTING = "SMARTSEARCH_NATS_SERVER"

/** Where packages put servers, which is often not on a user's PATH. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"]

/**
 * The nats-server to use: the one the setting names, which must then exist, or the first on PATH and in the folders of the
 * system.
 *
 * @param {Machine} machine
 * @returns {string | undefined}
 * @throws {SetupFailure} When the setting names no program.
 */
export const findNatsServer = ({ env }) => {
  const named = env[SETTING]
  if (named === undefined || named === "") return which("nats-server", env, SYSTEM_FOLDERS)
  if (isExecutable(named)) return named
  throw new SetupFailure({
    what: `${SETTING} is "${named}", which is no program that can be run`,
    remedy: "set it to the full path of nats-server, or unset it to have it looked up"
  })
}

/**
 * Finds nats-server, or has the system's package manager install it where this user may.
 *
 * @param {Machine} machine
 * @returns {Promise<string>}
 * @throws {SetupFailure} When there is none and none can be installed.
 */
export const ensureNatsServer = async (machine) => {
  const found = findNatsServer(machine)
  if (found !== undefined) return found
  const manager = packageManagers.find(({ program }) => which(program, machine.env) !== undefined)
  if (manager === undefined) throw missing("this system has no package manager that set-up knows")
  if (manager.needsRoot && !machine.isRoot) {
    throw missing(`only root can install it (sudo ${manager.program} ${manager.install.join(" ")})`)
  }
  await step(machine.stderr, `nats-server (${manager.program})`, () => install(machine, manager))
  const installed = findNatsServer(machine)
  if (installed === undefined) throw missing(`${manager.program} installed it, but not on PATH`)
  return installed
}

/**
 * Installs with the package lists as they are, and only if that fails fetches new ones first: new machines have none.
 *
 * @param {Machine} machine
 * @param {import("./packageManagers.mjs").PackageManager} manager
 */
const install = async (machine, { program, install, refresh, env: settings }) => {
  const env = { ...machine.env, ...settings }
  const attempt = (/** @type {ReadonlyArray<string>} */ args) => run(program, args, { env })
  let result = await attempt(install)
  if (!result.ok && refresh !== undefined) {
    await attempt(refresh)
    result = await attempt(install)
  }
  if (!result.ok) throw missing(`\`${program} ${install.join(" ")}\` failed (${result.outcome})`, result.output)
  await stopService(machine)
}

/**
 * @param {string} why
 * @param {string} [output]
 */
const missing = (why, output = "") =>
  new SetupFailure({
    what: `nats-server is not on PATH and ${why}`,
    remedy: `install NATS server 2.9 or newer (https://nats.io/download), or set ${SETTING} to its path, or SMARTSEARCH_NATS_URL to use a running one`,
    details: tellingLines(output)
  })

import { run, tellingLines } from "./command.mjs"
import { SetupFailure } from "./failure.mjs"
import { isExecutable, which } from "./machine.mjs"
import { packageManagers, stopService } from "./packageManagers.mjs"
import { step } from "./progress.mjs"

/** @typedef {import("./machine.mjs").Machine} Machine */

/** Names the program explicitly; set-up also tells the command by it what it found. */
export const SETTING = "SMARTSEARCH_NATS_SERVER"

const LINK = "2.9 or newer, https://nats.io/download"

/**
 * The nats-server to use: the one the setting names, which must then exist, or the first on PATH and in the folders of the
 * system.
 *
 * @param {Machine} machine
 * @returns {string | undefined}
 * @throws {SetupFailure} When the setting names no program.
 */
export const findNatsServer = ({ env, serverFolders }) => {
  const named = env[SETTING]
  if (named === undefined || named === "") return which("nats-server", env, serverFolders)
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
  if (manager === undefined) throw missing("no package manager that set-up knows can install it", LINK)
  if (manager.needsRoot && !machine.isRoot) throw missing("only root can install it", manager.byHand)
  await step(machine.stderr, `nats-server (${manager.program})`, () => install(machine, manager))
  const installed = findNatsServer(machine)
  if (installed === undefined) throw missing(`not where ${manager.program} put it either`, LINK)
  return installed
}

/**
 * Installs with the package lists as they are, and only if that fails fetches new ones first: new machines have none.
 *
 * @param {Machine} machine
 * @param {import("./packageManagers.mjs").PackageManager} manager
 */
const install = async (machine, { program, install, refresh, env: settings, byHand }) => {
  const env = { ...machine.env, ...settings }
  let result = await run(program, install, { env })
  if (!result.ok && refresh !== undefined) {
    const refreshed = await run(program, refresh, { env })
    result = refreshed.ok ? await run(program, install, { env }) : refreshed
  }
  if (!result.ok) throw missing(`${program} cannot install it (${result.outcome})`, byHand, tellingLines(result.output))
  await stopService(machine)
}

/**
 * @param {string} why
 * @param {string} byHand
 * @param {ReadonlyArray<string>} [details]
 */
const missing = (why, byHand, details = []) =>
  new SetupFailure({
    what: `nats-server is not on PATH, and ${why}`,
    remedy: `install it (${byHand}), set ${SETTING} to its path, or SMARTSEARCH_NATS_URL to the address of a running server`,
    details
  })

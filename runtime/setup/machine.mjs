import { accessSync, constants, statSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/**
 * What set-up needs to know of the machine it runs on; a test passes one of its own making.
 *
 * @typedef {object} Machine
 * @property {string} root The checkout: the folder of package.json.
 * @property {Record<string, string | undefined>} env
 * @property {string} execPath The Node that runs this process.
 * @property {string} nodeVersion Its version without the `v`.
 * @property {string} platform
 * @property {string} arch
 * @property {boolean} isRoot
 * @property {ReadonlyArray<string>} serverFolders Where packages put servers, which is often not on a user's PATH.
 * @property {import("./progress.mjs").Terminal} stderr
 */

/** The checkout this module belongs to, wherever the command was started. */
const checkout = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "")

/** @returns {Machine} */
export const thisMachine = () => ({
  root: checkout,
  env: process.env,
  execPath: process.execPath,
  nodeVersion: process.versions.node,
  platform: process.platform,
  arch: process.arch,
  isRoot: process.getuid?.() === 0,
  serverFolders: ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"],
  stderr: process.stderr
})

/** Whether `path` is a file this user may execute. */
export const isExecutable = (/** @type {string} */ path) => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * The first executable called `name` in the folders of PATH, then in `further`.
 *
 * @param {string} name
 * @param {Machine["env"]} env
 * @param {ReadonlyArray<string>} [further]
 * @returns {string | undefined}
 */
export const which = (name, env, further = []) =>
  [...(env.PATH ?? "").split(delimiter), ...further]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable)

/**
 * `env` with the folder of `program` first on PATH, so that whatever is started next finds it before any other.
 *
 * @param {Machine["env"]} env
 * @param {string} program
 */
export const withFirstOnPath = (env, program) => ({
  ...env,
  PATH: [dirname(program), env.PATH].filter(Boolean).join(delimiter)
})

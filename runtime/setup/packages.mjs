import { join, sep } from "node:path"
import { arePackagesInstalled } from "./installed.mjs"
import { ensureLink, isLinked } from "./link.mjs"
import { withFirstOnPath } from "./machine.mjs"
import { npm } from "./npm.mjs"
import { step } from "./progress.mjs"

/** @typedef {import("./machine.mjs").Machine} Machine */

/**
 * The commands npm does not link by itself: our own, which `npx smartsearch` looks for, and the Node that npm's scripts and
 * npx find first, so that they need no second process.
 *
 * @param {Machine} machine
 * @param {string} node
 * @returns {ReadonlyArray<readonly [link: string, target: string]>}
 */
const linksOf = ({ root }, node) => [
  [join(root, "node_modules/.bin/smartsearch"), join(root, "runtime/cli/smartsearch.mjs")],
  ...(node.startsWith(root + sep) ? [/** @type {const} */ ([join(root, "node_modules/.bin/node"), node])] : [])
]

/**
 * Whether every package is there, and those commands among theirs.
 *
 * @param {Machine} machine
 * @param {string} node
 * @param {boolean} withDevelopment
 */
export const arePackagesReady = (machine, node, withDevelopment) =>
  arePackagesInstalled(machine.root, withDevelopment) &&
  linksOf(machine, node).every(([link, target]) => isLinked(link, target))

/**
 * Installs what package-lock.json names, with `node` first on PATH.
 *
 * @param {Machine} machine
 * @param {string} node
 * @param {boolean} withDevelopment
 * @throws {import("./failure.mjs").SetupFailure} When npm fails.
 */
export const ensurePackages = async (machine, node, withDevelopment) => {
  const { root, env, stderr } = machine
  if (!arePackagesInstalled(root, withDevelopment)) {
    await step(stderr, "packages (npm ci)", () =>
      npm(["ci", "--include=dev"], { cwd: root, env: withFirstOnPath(env, node) })
    )
  }
  for (const [link, target] of linksOf(machine, node)) ensureLink(link, target)
}

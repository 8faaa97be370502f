import { readFileSync } from "node:fs"
import { join } from "node:path"

/**
 * One package of a lock file, as far as it matters here.
 *
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, dev?: boolean, devOptional?: boolean }} Package
 * @typedef {Readonly<Record<string, Package>>} Packages
 */

/**
 * Whether what npm recorded as installed is what the lock file asks for. Packages for another platform may be missing, and
 * so may development packages unless `withDevelopment`.
 *
 * @param {Packages} wanted `packages` of package-lock.json
 * @param {Packages} found `packages` of node_modules/.package-lock.json
 * @param {boolean} withDevelopment
 */
export const agrees = (wanted, found, withDevelopment) =>
  Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true
    const present = found[path]
    if (present !== undefined) return isSame(present, entry)
    return entry.optional === true || (!withDevelopment && (entry.dev === true || entry.devOptional === true))
  })

/**
 * An entry can lack its checksum where the registry that made the lock file did not have the package.
 *
 * @param {Package} found
 * @param {Package} wanted
 */
const isSame = (found, wanted) =>
  found.version === wanted.version && (wanted.integrity === undefined || found.integrity === wanted.integrity)

/**
 * Whether `npm ci` has nothing to do. npm writes its own record last and deletes it first, so an interrupted run counts as
 * not installed, and one the user did by hand counts as installed: no stamp of ours could go stale beside it.
 *
 * @param {string} root
 * @param {boolean} withDevelopment
 */
export const arePackagesInstalled = (root, withDevelopment) => {
  const wanted = packagesOf(join(root, "package-lock.json"))
  const found = packagesOf(join(root, "node_modules/.package-lock.json"))
  return wanted !== undefined && found !== undefined && agrees(wanted, found, withDevelopment)
}

/** @returns {Packages | undefined} */
const packagesOf = (/** @type {string} */ path) => {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages
  } catch {
    return undefined
  }
}

import { mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs"
import { dirname, relative } from "node:path"

/**
 * Whether `link` is a symbolic link to `target`.
 *
 * @param {string} link
 * @param {string} target
 */
export const isLinked = (link, target) => {
  try {
    return readlinkSync(link) === pathBetween(link, target)
  } catch {
    return false
  }
}

/**
 * Makes `link` a symbolic link to `target`, in place of whatever is there.
 *
 * @param {string} link
 * @param {string} target
 */
export const ensureLink = (link, target) => {
  if (isLinked(link, target)) return
  mkdirSync(dirname(link), { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(pathBetween(link, target), link)
}

/** Relative, so that the checkout can be moved. */
const pathBetween = (/** @type {string} */ link, /** @type {string} */ target) => relative(dirname(link), target)

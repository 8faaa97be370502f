import { mkdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs"
import { dirname } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

const BEAT_MILLISECONDS = 1_000

/** A holder that has not beaten for so long is dead. */
const STALE_MILLISECONDS = 10_000

/**
 * Runs `work` while holding the folder `path`, so that of several starts one sets up and the others wait for it.
 *
 * The holder touches the folder every second: process ids say nothing across containers that share a checkout.
 *
 * @template A
 * @param {string} path
 * @param {() => Promise<A>} work
 * @param {{ wait?: (waiting: () => Promise<void>) => Promise<void>, staleAfter?: number, beat?: number }} [options]
 *   `wait` wraps the time spent waiting for another holder; `staleAfter` and `beat` are milliseconds.
 * @returns {Promise<A>}
 */
export const withLock = async (path, work, options = {}) => {
  const { wait = (waiting) => waiting(), staleAfter = STALE_MILLISECONDS, beat = BEAT_MILLISECONDS } = options
  mkdirSync(dirname(path), { recursive: true })
  if (!acquire(path, staleAfter)) {
    await wait(async () => {
      while (!acquire(path, staleAfter)) await sleep(200)
    })
  }
  const release = () => rmSync(path, { recursive: true, force: true })
  const beats = setInterval(() => touch(path), beat)
  process.once("exit", release)
  try {
    return await work()
  } finally {
    clearInterval(beats)
    process.removeListener("exit", release)
    release()
  }
}

/**
 * Creates the folder, which only one process can; clears away the folder of a dead holder, which can then be tried again.
 *
 * @param {string} path
 * @param {number} staleAfter
 */
const acquire = (path, staleAfter) => {
  try {
    mkdirSync(path)
    return true
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error
  }
  if (isStale(path, staleAfter)) bury(path, staleAfter)
  return false
}

/**
 * Moves a dead holder's folder aside. Another process may have buried it and taken the lock since it was looked at: then
 * what was moved is alive, and goes back.
 *
 * @param {string} path
 * @param {number} staleAfter
 */
const bury = (path, staleAfter) => {
  const grave = `${path}.${process.pid}`
  try {
    renameSync(path, grave)
  } catch (error) {
    if (codeOf(error) === "ENOENT") return
    throw error
  }
  if (isStale(grave, staleAfter)) rmSync(grave, { recursive: true })
  else renameSync(grave, path)
}

/**
 * @param {string} path
 * @param {number} staleAfter
 */
const isStale = (path, staleAfter) => {
  const holder = statSync(path, { throwIfNoEntry: false })
  return holder !== undefined && Date.now() - holder.mtimeMs > staleAfter
}

const touch = (/** @type {string} */ path) => {
  try {
    utimesSync(path, new Date(), new Date())
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error
  }
}

const codeOf = (/** @type {unknown} */ error) => (error instanceof Error && "code" in error ? error.code : undefined)

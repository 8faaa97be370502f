import { spawn } from "node:child_process"

const KEPT_CHARACTERS = 64 * 1024

/**
 * Runs a program to its end without showing its output, and ends it should this process be told to end.
 *
 * @param {string} program
 * @param {ReadonlyArray<string>} args
 * @param {{ cwd?: string, env: Record<string, string | undefined>, endBy?: NodeJS.Signals }} options
 * @returns {Promise<{ ok: boolean, outcome: string, output: string }>} `outcome` says how it ended ("exit code 1");
 *   `output` is the end of what it printed, standard output and error as they came.
 */
export const run = (program, args, { endBy = "SIGTERM", ...options }) =>
  new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] })
    const end = () => child.kill(endBy)
    process.once("exit", end)
    let output = ""
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk).slice(-KEPT_CHARACTERS)
    }
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    const settle = (/** @type {boolean} */ ok, /** @type {string} */ outcome) => {
      process.removeListener("exit", end)
      resolve({ ok, outcome, output })
    }
    child.once("error", (error) => settle(false, error.message))
    child.once("close", (code, signal) => settle(code === 0, signal ? `ended by ${signal}` : `exit code ${code}`))
  })

/**
 * The lines that say most: of npm's output its first errors, or else the last of all.
 *
 * @param {string} output
 * @param {number} [count]
 */
export const tellingLines = (output, count = 6) => {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== "")
  const errors = lines.filter((line) => /^npm (error|ERR!) [\w`]/.test(line))
  return errors.length > 0 ? errors.slice(0, count) : lines.slice(-count)
}

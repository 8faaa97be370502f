import { spawn } from "node:child_process"
import { constants } from "node:os"

/**
 * Runs a program in this one's place: same terminal, same signals, same exit code.
 *
 * @param {string} program
 * @param {ReadonlyArray<string>} args
 * @param {{ env: Record<string, string | undefined>, cwd?: string, stdin?: "inherit" | "ignore" }} options
 * @returns {Promise<number>}
 */
export const handOver = (program, args, { stdin = "inherit", ...options }) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: [stdin, "inherit", "inherit"] })
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      // A terminal sends Ctrl-C to both of us already.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])
    for (const signal of signals) process.on(signal, forward)
    const settled = () => {
      for (const signal of signals) process.removeListener(signal, forward)
    }
    child.once("error", (error) => {
      settled()
      reject(error)
    })
    child.once("close", (code, signal) => {
      settled()
      resolve(signal === null ? (code ?? 1) : exitCodeOf(signal))
    })
  })

/** The exit code a shell gives a program that ended by a signal. */
export const exitCodeOf = (/** @type {NodeJS.Signals} */ signal) => 128 + constants.signals[signal]

/** Whether an exit code says that someone ended the program by Ctrl-C or `kill`. */
export const isInterruption = (/** @type {number} */ code) =>
  code === exitCodeOf("SIGINT") || code === exitCodeOf("SIGTERM")

import { run, tellingLines } from "./command.mjs"
import { SetupFailure } from "./failure.mjs"
import { which } from "./machine.mjs"

/** What went wrong with npm most often, by what its output says, and what the reader can do about it. */
const remedies = [
  {
    pattern: /E?NOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/,
    remedy: "the package registry cannot be reached; check the network, or npm's `registry` and `proxy` settings"
  },
  { pattern: /ENOSPC/, remedy: "the disk is full; free about 1 GB" },
  { pattern: /EACCES|EPERM|EROFS/, remedy: "the folder cannot be written; make it yours, or use another checkout" },
  { pattern: /E401|E403/, remedy: "the package registry refuses this user; check npm's login or token" },
  { pattern: /EUSAGE/, remedy: "package.json and package-lock.json disagree; run `npm install` and commit both" }
]

/** Quiet, and done with a registry that does not answer after seconds rather than a minute. */
const MANNERS = [
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
  "--fetch-retry-mintimeout=1000",
  "--fetch-retry-maxtimeout=5000"
]

/** @param {string} output */
export const remedyFor = (output) =>
  remedies.find(({ pattern }) => pattern.test(output))?.remedy ?? "see npm's own words below"

/**
 * Runs npm without a word on standard output.
 *
 * @param {ReadonlyArray<string>} args
 * @param {{ cwd: string, env: import("./machine.mjs").Machine["env"] }} options
 * @throws {SetupFailure} When npm is missing or fails.
 */
export const npm = async (args, { cwd, env }) => {
  const program = which("npm", env)
  if (program === undefined) {
    throw new SetupFailure({ what: "npm is not on PATH", remedy: "install Node with npm from https://nodejs.org" })
  }
  // npm works on for many seconds after a milder signal, and would get in the way of the next start.
  const { ok, outcome, output } = await run(program, [...args, ...MANNERS], { cwd, env, endBy: "SIGKILL" })
  if (ok) return
  throw new SetupFailure({
    what: `\`npm ${args[0]}\` in ${cwd} failed (${outcome})`,
    remedy: remedyFor(output),
    details: tellingLines(output)
  })
}

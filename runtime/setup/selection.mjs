import { parseArgs } from "node:util"
import { checks, suites } from "./checks.mjs"

/**
 * What the test command is asked to run.
 *
 * @typedef {object} Selection
 * @property {ReadonlyArray<import("./checks.mjs").Check>} checks
 * @property {ReadonlyArray<string>} suites Parts of the tests; empty for no tests.
 * @property {ReadonlyArray<string>} filters Only test files whose path contains one of these; empty for all.
 */

/**
 * Reads `npm test -- [--only name,name] [file ...]`: everything without arguments; a file alone runs no checks.
 *
 * @param {ReadonlyArray<string>} args
 * @returns {Selection}
 * @throws {Error} When a name or a flag is unknown.
 */
export const selectionOf = (args) => {
  const { values, positionals: filters } = parseArgs({
    args: [...args],
    options: { only: { type: "string", multiple: true } },
    allowPositionals: true
  })
  const only = values.only?.flatMap((names) => names.split(","))
  if (only === undefined) return { checks: filters.length > 0 ? [] : checks, suites, filters }
  const known = [...checks.map(({ name }) => name), ...suites]
  const unknown = only.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new Error(`--only "${unknown.join(",")}" is unknown; there are ${known.join(", ")}`)
  }
  return {
    checks: checks.filter(({ name }) => only.includes(name)),
    suites: suites.filter((name) => only.includes(name)),
    filters
  }
}

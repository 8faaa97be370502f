import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { suites } from "./checks.mjs"
import { handOver, isInterruption } from "./handOver.mjs"
import { environmentOf, orFail } from "./launch.mjs"
import { thisMachine } from "./machine.mjs"
import { selectionOf } from "./selection.mjs"
import { setUp } from "./setup.mjs"
import { closingLine, sum, tallyOf } from "./tally.mjs"

/** @typedef {import("./tally.mjs").Tally} Tally */

/**
 * The test command: sets the machine up, runs every check and then every test, whatever fails on the way, and closes with
 * one line that counts them. Exits 1 if anything failed, 2 if it was called wrongly.
 */
const main = async () => {
  const selection = select(process.argv.slice(2))
  const machine = thisMachine()
  const ready = await orFail(() => setUp(machine, { development: true, natsServer: "yes" }))
  const run = runner(ready.node, environmentOf(ready), machine.root)

  /** @type {Array<Tally & { title: string }>} */
  const results = []
  for (const { title, script, args } of selection.checks) {
    const ok = await run(title, script, args)
    results.push({ title, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 })
  }
  if (selection.suites.length > 0) results.push({ title: "tests (Vitest)", ...(await runTests(run, selection)) })

  const total = sum(results)
  process.exitCode = total.failed > 0 ? 1 : 0
  print(["", ...results.map((result) => `${result.failed > 0 ? "FAILED" : "ok    "}  ${result.title}`), ""])
  print([closingLine(total)])
}

/** @param {ReadonlyArray<string>} args */
const select = (args) => {
  try {
    return selectionOf(args)
  } catch (error) {
    process.stderr.write(`npm test: ${error instanceof Error ? error.message : error}\n`)
    return process.exit(2)
  }
}

/**
 * Runs scripts under our Node, with their output shown as it comes, and nothing on standard input.
 *
 * @param {string} node
 * @param {Record<string, string | undefined>} env
 * @param {string} cwd
 */
const runner = (node, env, cwd) => {
  /**
   * @param {string} title
   * @param {string} script
   * @param {ReadonlyArray<string>} args
   */
  return async (title, script, args) => {
    print(["", `── ${title}`])
    const start = performance.now()
    const code = await handOver(node, [script, ...args], { env, cwd, stdin: "ignore" })
    if (isInterruption(code)) process.exit(code)
    print([`── ${title}: ${code === 0 ? "ok" : `FAILED (exit code ${code})`}, ${seconds(start)} s`])
    return code === 0
  }
}

/**
 * @param {ReturnType<typeof runner>} run
 * @param {import("./selection.mjs").Selection} selection
 * @returns {Promise<Tally>}
 */
const runTests = async (run, selection) => {
  const folder = mkdtempSync(join(tmpdir(), "smartsearch-test-"))
  const report = join(folder, "report.json")
  try {
    const projects = selection.suites.length === suites.length ? [] : selection.suites
    const ok = await run("tests (Vitest)", "node_modules/vitest/vitest.mjs", [
      ...["run", "--config", ".config/vitest.config.ts"],
      ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
      ...projects.map((name) => `--project=${name}`),
      ...selection.filters
    ])
    return tallyOf(readReport(report), ok)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string} path
 * @returns {import("./tally.mjs").Report | undefined} Nothing when vitest died before it could write one.
 */
const readReport = (path) => {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return undefined
  }
}

const seconds = (/** @type {number} */ since) => ((performance.now() - since) / 1000).toFixed(1)

const print = (/** @type {ReadonlyArray<string>} */ lines) => process.stdout.write(`${lines.join("\n")}\n`)

await main()

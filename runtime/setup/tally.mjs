/**
 * How many tests and checks passed, failed, and did not run.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Tally
 */

/**
 * Vitest's JSON report, as far as it matters here.
 *
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {ReadonlyArray<{ status: string, assertionResults: ReadonlyArray<{ status: string }> }>} testResults
 */

/**
 * Counts a run of vitest. A file that could not even be loaded counts as one failure, and so does a run that failed with
 * every test passed (an error outside any test), or left no report behind.
 *
 * @param {Report | undefined} report
 * @param {boolean} ok Whether vitest itself was content.
 * @returns {Tally}
 */
export const tallyOf = (report, ok) => {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const unloadable = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed")
  ).length
  const failed = report.numFailedTests + unloadable
  return { passed: report.numPassedTests, failed: ok ? failed : Math.max(failed, 1), skipped: report.numPendingTests }
}

/** @param {ReadonlyArray<Tally>} tallies */
export const sum = (tallies) =>
  tallies.reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped
    }),
    { passed: 0, failed: 0, skipped: 0 }
  )

/** The test command's last line. @param {Tally} tally */
export const closingLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`

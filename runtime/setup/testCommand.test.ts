import { describe, expect, it } from "vitest"
import { checks, suites } from "./checks.mjs"
import { selectionOf } from "./selection.mjs"
import { closingLine, sum, tallyOf } from "./tally.mjs"

describe("what the test command is asked to run", () => {
  const names = (args: ReadonlyArray<string>) => {
    const selection = selectionOf(args)
    return { ...selection, checks: selection.checks.map(({ name }) => name) }
  }
  const everyCheck = checks.map(({ name }) => name)

  it.each([
    { args: [], checks: everyCheck, suites, filters: [] },
    { args: ["--only", "unit"], checks: [], suites: ["unit"], filters: [] },
    { args: ["--only", "golden,types"], checks: ["types"], suites: ["golden"], filters: [] },
    { args: ["--only=types", "--only=format"], checks: ["format", "types"], suites: [], filters: [] },
    { args: ["runtime/setup"], checks: [], suites, filters: ["runtime/setup"] },
    { args: ["--only", "unit", "lock"], checks: [], suites: ["unit"], filters: ["lock"] }
  ])("$args", ({ args, ...expected }) => {
    expect(names(args)).toEqual(expected)
  })

  it("names what there is when it is asked for something else", () => {
    expect(() => selectionOf(["--only", "units"])).toThrow('--only "units" is unknown; there are format, types,')
    expect(() => selectionOf(["--watch"])).toThrow("--watch")
  })
})

describe("the count of a run", () => {
  const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, testResults: [] }
  const passed = { status: "passed", assertionResults: [{ status: "passed" }] }

  it("takes the tests as Vitest counts them", () => {
    const testResults = [passed, { status: "failed", assertionResults: [{ status: "failed" }] }]
    expect(tallyOf({ ...report, numFailedTests: 1, numPendingTests: 2, testResults }, false)).toEqual({
      passed: 3,
      failed: 1,
      skipped: 2
    })
  })

  it("counts a file that could not be loaded as a failure", () => {
    const testResults = [passed, { status: "failed", assertionResults: [] }]
    expect(tallyOf({ ...report, testResults }, false)).toEqual({ passed: 3, failed: 1, skipped: 0 })
  })

  it("counts an error outside any test as a failure", () => {
    expect(tallyOf({ ...report, testResults: [passed] }, false)).toEqual({ passed: 3, failed: 1, skipped: 0 })
  })

  it("counts a run without a report as a failure", () => {
    expect(tallyOf(undefined, true)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  it("closes with one line", () => {
    const check = { passed: 1, failed: 0, skipped: 0 }
    expect(closingLine(sum([check, check, tallyOf(report, true)]))).toBe("5 passed, 0 failed")
    expect(closingLine({ passed: 5, failed: 1, skipped: 2 })).toBe("5 passed, 1 failed, 2 skipped")
  })
})

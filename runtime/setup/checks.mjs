/**
 * One check of the test command: a program of node_modules (or a file of ours) with its arguments, run from the root.
 *
 * @typedef {{ name: string, title: string, script: string, args: ReadonlyArray<string> }} Check
 */

/** Every check but the tests themselves, in the order they run: quick ones first. @type {ReadonlyArray<Check>} */
export const checks = [
  {
    name: "format",
    title: "format and lint (Biome)",
    script: "node_modules/@biomejs/biome/bin/biome",
    args: ["check", "--diagnostic-level=warn", "--error-on-warnings", "."]
  },
  { name: "types", title: "types (TypeScript)", script: "node_modules/typescript/bin/tsc", args: ["-p", "."] },
  {
    name: "effect",
    title: "Effect diagnostics",
    script: "node_modules/@effect/tsgo/dist/effect-tsgo.cjs",
    args: ["diagnostics", "--project", "tsconfig.json", "--format", "text", "--severity", "error,warning", "--strict"]
  },
  { name: "unused", title: "unused code and packages (knip)", script: "node_modules/knip/bin/knip.js", args: [] },
  {
    name: "catalogue",
    title: "event catalogue is up to date",
    script: "events/catalogue/generate.ts",
    args: ["--check"]
  }
]

/** The parts of the tests, which are vitest's projects (.config/vitest.config.ts). */
export const suites = ["unit", "golden", "integration", "end-to-end"]

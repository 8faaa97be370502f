import { describe, expect, it } from "vitest"
import { agrees } from "./installed.mjs"

const wanted = {
  "": { version: "0.1.0" },
  "node_modules/effect": { version: "4.1.0", integrity: "sha512-a" },
  "node_modules/vitest": { version: "5.1.1", integrity: "sha512-b", dev: true },
  "node_modules/binding-darwin": { version: "1.0.0", dev: true, optional: true }
}
const effect = { "node_modules/effect": wanted["node_modules/effect"] }
const vitest = { "node_modules/vitest": wanted["node_modules/vitest"] }

describe("agrees", () => {
  it.each([
    { state: "everything of this platform", found: { ...effect, ...vitest }, run: true, develop: true },
    { state: "everything but development packages", found: effect, run: true, develop: false },
    { state: "a package more", found: { ...effect, ...vitest, "node_modules/x": {} }, run: true, develop: true },
    { state: "a package less", found: vitest, run: false, develop: false },
    { state: "an older version", found: { "node_modules/effect": { version: "4.0.0" } }, run: false, develop: false },
    {
      state: "the same version with another content",
      found: { ...vitest, "node_modules/effect": { version: "4.1.0", integrity: "sha512-z" } },
      run: false,
      develop: false
    }
  ])("with $state installed: to run $run, to develop $develop", ({ found, run, develop }) => {
    expect(agrees(wanted, found, false)).toBe(run)
    expect(agrees(wanted, found, true)).toBe(develop)
  })

  it("takes a package whose checksum the lock file does not know", () => {
    const darwin = { "node_modules/binding-darwin": { version: "1.0.0", integrity: "sha512-c" } }
    expect(agrees(wanted, { ...effect, ...vitest, ...darwin }, true)).toBe(true)
  })
})

import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"

/** Where the code lies that decides what events fold to. */
const rooms = ["events", "method", "projections/history"]

let known: string | undefined

/**
 * A hash of the code that makes a history of events. What other code folded is folded anew: nobody has to remember to raise a
 * version.
 */
export const historyCode = (): string => {
  known ??= hashCode()
  return known
}

const hashCode = (): string => {
  const hash = createHash("sha256")
  for (const room of rooms) {
    const folder = new URL(`../../../${room}/`, import.meta.url)
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    for (const name of names.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts")).sort()) {
      hash.update(`${room}/${name}\n`).update(readFileSync(new URL(name, folder)))
    }
  }
  return hash.digest("hex").slice(0, 12)
}

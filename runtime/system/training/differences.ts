import { differingKeys, leavesOf } from "../../../projections/datasets/leaves.ts"

/** What differs between two settings, the first few keys of it; undefined when nothing does. */
export const toldDifferences = (then: unknown, now: unknown): string | undefined => {
  const keys = differingKeys(then, now).slice(0, 3)
  const [before, after] = [leavesOf(then), leavesOf(now)]
  const told = keys.map((key) => `${key} was ${before.get(key) ?? "absent"}, is ${after.get(key) ?? "absent"}`)
  return told.length === 0 ? undefined : told.join("; ")
}

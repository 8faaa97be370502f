import { lotOf } from "../world/lot.ts"
import { unseenTypes } from "../world/questions.ts"

export type Split = "train" | "dev" | "test"

/**
 * The split that a kind of question about an entity belongs to, in every world and for every seed: about 70 of 100 train, 10 dev,
 * 20 test. Kinds that nobody is trained on are all test.
 */
export const splitOf = (type: string, entity: string): Split => {
  if (unseenTypes.has(type)) return "test"
  const percentile = lotOf(`split ${type} ${entity}`) % 100
  return percentile < 70 ? "train" : percentile < 80 ? "dev" : "test"
}

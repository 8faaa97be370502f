import { buildBm25 } from "../../../actors/retrieval/bm25/bm25.ts"
import type { Corpus } from "../../../actors/retrieval/corpus.ts"
import { normalizeAnswer } from "../../../method/answerScore.ts"
import type { AtlasQuestion, Hop } from "../world/questions.ts"
import type { World } from "../world/world.ts"

/**
 * Why a question is left out. `unfound`: BM25 does not find the passage of a step among its first three, even for the clean
 * query. `unclear`: exact match cannot tell its answer from another name of the world, as Basseterre from Basse-Terre. `early`:
 * its answer stands in the question or is known before the last step, as Singapore is before its capital.
 */
export type Objection = "unfound" | "unclear" | "early"

/** What speaks against a question of a world, if anything. */
export const objections = (world: World, corpus: Corpus): ((question: AtlasQuestion) => Objection | undefined) => {
  const isFound = finder(corpus)
  const isUnclear = unclearNames(world)
  return ({ answer, entity, hops }) => {
    const normalized = normalizeAnswer(answer)
    if (isUnclear(normalized)) return "unclear"
    if ([entity, ...hops.slice(0, -1).map(({ value }) => value)].some((name) => normalizeAnswer(name) === normalized)) {
      return "early"
    }
    return hops.every(isFound) ? undefined : "unfound"
  }
}

/** Results among which the passage of a step must be. */
const depth = 3

/** Whether a step's passage is found; many questions share a step, so each query is searched for once. */
const finder = (corpus: Corpus): ((hop: Hop) => boolean) => {
  const { search } = buildBm25(corpus)
  const found = new Map<string, ReadonlySet<string>>()
  return ({ passage, query }) => {
    const known = found.get(query) ?? new Set(search(query, depth).map(({ id }) => id))
    found.set(query, known)
    return known.has(passage)
  }
}

/** Whether a normalised answer is empty, or that of several names of the world. */
const unclearNames = (world: World): ((normalized: string) => boolean) => {
  const namesOf = new Map<string, Set<string>>()
  const add = (name: string) => {
    const normalized = normalizeAnswer(name)
    const names = namesOf.get(normalized)
    if (names === undefined) namesOf.set(normalized, new Set([name]))
    else names.add(name)
  }
  for (const { facts, name } of world.countries) [name, ...Object.values(facts)].forEach(add)
  for (const codes of Object.values(world.codes)) [...codes].flat().forEach(add)
  return (normalized) => normalized === "" || (namesOf.get(normalized)?.size ?? 0) > 1
}

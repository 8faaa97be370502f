import { assessRound, type ScoreOfRound, type ScoringRules } from "../../method/assess.ts"
import { combinationOf, objectors, type Verdict } from "../../method/combination.ts"

/** The scorers that speak against a round under the rules, in the order in which the combination names them. */
export const objectorsOf = (scores: ReadonlyMap<string, ScoreOfRound>, rules: ScoringRules): ReadonlyArray<string> =>
  objectors(rules.combination, (scorer) => verdictOf(scorer, scores, rules))

/** What one scorer alone makes of a round: the round's quality if no other scorer were asked. */
const verdictOf = (scorer: string, scores: ReadonlyMap<string, ScoreOfRound>, rules: ScoringRules): Verdict =>
  assessRound({ scores }, { ...rules, combination: combinationOf({ kind: "scorer", name: scorer }) }).quality

import { type ScoreOfRound, type ScoringRules, verdictOf } from "../../method/assess.ts"
import { objectors } from "../../method/combination.ts"

/** The scorers that speak against a round under the rules, in the order in which the combination names them. */
export const objectorsOf = (scores: ReadonlyMap<string, ScoreOfRound>, rules: ScoringRules): ReadonlyArray<string> =>
  objectors(rules.combination, (scorer) => verdictOf(scorer, scores.get(scorer), rules))

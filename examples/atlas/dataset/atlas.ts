import { questionsOf, questionTypes } from "../world/questions.ts"
import { shuffledWorld, trueWorld } from "../world/world.ts"
import { type Edition, editionOf, jsonLines } from "./edition.ts"
import { type Row, rowOf } from "./rows.ts"
import { counterpartsOf, selectionOf } from "./selection.ts"

/** Of the one counterfactual world. Whoever is to be tested in it must not have learnt from the world of this seed. */
export const counterfactualSeed = 987_654_321

/** Draws what is asked; the worlds are the same for all seeds. */
export const defaultSeed = 7

/** Everything that the atlas publishes. */
export interface Atlas {
  readonly world: Edition
  readonly train: ReadonlyArray<Row>
  readonly dev: ReadonlyArray<Row>
  readonly test: ReadonlyArray<Row>
  readonly counterfactual: Edition & { readonly test: ReadonlyArray<Row> }
}

export const atlasOf = (seed: number): Atlas => {
  const truth = trueWorld()
  const world = editionOf(truth)
  const other = editionOf(shuffledWorld(truth, counterfactualSeed))
  const trueAnswers = new Map(
    questionTypes.flatMap((type) => questionsOf(truth, type).map(({ answer, id }): [string, string] => [id, answer]))
  )
  const test = selectionOf(world.questions, "test", seed)
  return {
    world,
    train: selectionOf(world.questions, "train", seed).map((question) => rowOf(question, "train")),
    dev: selectionOf(world.questions, "dev", seed).map((question) => rowOf(question, "dev")),
    test: test.map((question) => rowOf(question, "test")),
    counterfactual: {
      ...other,
      test: counterpartsOf(test, other.questions, "test", seed).map((question) => rowOf(question, "test", trueAnswers))
    }
  }
}

/** The files by their path in the folder of the atlas. */
export const filesOf = ({ counterfactual, dev, test, train, world }: Atlas): ReadonlyMap<string, string> =>
  new Map([
    ["corpus.jsonl", world.corpus],
    ["train.jsonl", jsonLines(train)],
    ["dev.jsonl", jsonLines(dev)],
    ["test.jsonl", jsonLines(test)],
    ["counterfactual/corpus.jsonl", counterfactual.corpus],
    ["counterfactual/test.jsonl", jsonLines(counterfactual.test)]
  ])

import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { shuffled } from "../../../../actors/trainer/batching/random.ts"
import type { Answer, Demonstration, Preference, RolloutGroup } from "../../../../actors/trainer/examples.ts"
import type { Qwen2Config } from "../../../models/qwen2/config.ts"
import { initializeWeights } from "../../../models/qwen2/initialize.ts"
import { saveModel } from "../../../models/qwen2/saveModel.ts"
import { openTokenizer } from "../../../models/qwen2/tokenizer.ts"
import { saveTokenizer, trainTokenizer } from "../../../models/qwen2/trainTokenizer.ts"

/**
 * A task that a model of a few thousand weights learns in seconds: to search for what a question asks about. Whoever searches for a
 * combination that no demonstration had has learnt to read the question.
 */
export interface SmallQuestion {
  readonly id: string
  readonly question: string
  /** The query that finds the answer. */
  readonly query: string
}

const attributes = ["capital", "currency", "language", "population", "president", "area", "anthem", "flag"]
const places = ["Peru", "Chad", "Fiji", "Cuba", "Iran", "Laos", "Mali", "Oman", "Togo", "Niue", "Guam", "Iraq"]

/** Questions for every attribute of every place, in an order that looks random. */
export const questionsAbout = (
  attributes: ReadonlyArray<string>,
  places: ReadonlyArray<string>
): ReadonlyArray<SmallQuestion> =>
  shuffled(
    attributes.flatMap((attribute) =>
      places.map((place) => ({
        id: `${attribute} of ${place}`,
        question: `What is the ${attribute} of ${place}?`,
        query: `${attribute} of ${place}`
      }))
    ),
    7
  )

const trainQuestions = questionsAbout(attributes, places).slice(0, 76)

/** The answer that searches for some words; all of it is learnt. */
export const searchFor = (words: string): Answer => {
  const text = `<search>${words}</search>`
  return { text, loss: [{ start: 0, end: text.length }] }
}

const asked = ({ id, question }: SmallQuestion) => ({ id, system: "", user: question })

/** A question with the query that finds its answer. */
export const demonstrate = (question: SmallQuestion): Demonstration => ({
  ...asked(question),
  ...searchFor(question.query)
})

export const demonstrations: ReadonlyArray<Demonstration> = trainQuestions.map(demonstrate)

/** Right queries before those for another place. */
export const preferences: ReadonlyArray<Preference> = trainQuestions.map((question, index) => ({
  ...asked(question),
  chosen: searchFor(question.query),
  rejected: searchFor(`${question.query.split(" of ")[0]} of ${places[(index * 5) % places.length]}`)
}))

/** Four rollouts of each question, one of them right. */
export const groups: ReadonlyArray<RolloutGroup> = trainQuestions.map((question, index) => ({
  ...asked(question),
  rollouts: [0, 1, 2, 3].map((place) => {
    const right = place === 0
    const words = right ? question.query : (trainQuestions[(index + place * 7) % trainQuestions.length]?.query ?? "")
    return {
      ...searchFor(words),
      reward: right ? 1 : 0,
      advantage: right ? Math.sqrt(3) : -1 / Math.sqrt(3),
      turns: []
    }
  })
}))

/** Writes an untrained policy that can spell the demonstrations into a folder. */
export const writeSmallPolicy = async (folder: string, seed = 1, spelt = demonstrations): Promise<void> => {
  const texts = spelt.flatMap(({ text, user }) => Array.from({ length: 3 }, () => `${user} ${text}`))
  const tokenizer = join(folder, "..", "tokenizer")
  mkdirSync(tokenizer, { recursive: true })
  saveTokenizer(tokenizer, await trainTokenizer(texts, { vocabularySize: 320, addedTokens: ["<search>", "</search>"] }))
  const { vocabularySize } = await openTokenizer(tokenizer)
  const config = smallConfig(vocabularySize)
  saveModel(folder, { config, weights: initializeWeights(config, seed), type: "float32", from: tokenizer })
}

const smallConfig = (vocabularySize: number): Qwen2Config => ({
  vocabularySize,
  hiddenSize: 48,
  intermediateSize: 96,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 12,
  ropeTheta: 10_000,
  normEpsilon: 1e-6,
  tiedEmbeddings: true,
  maxPositions: 256
})

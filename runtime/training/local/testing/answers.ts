import { Effect, Stream } from "effect"
import type { Preference, RolloutGroup, ScoredAnswer } from "../../../../actors/trainer/examples.ts"
import { groupAdvantages } from "../../../../method/group.ts"
import type { EngineError, GenerationEngine } from "../../../models/onnx/generationEngine.ts"
import { type SmallQuestion, searchFor } from "./smallTask.ts"

/** What an engine's policy wrote: its text, the stop string included, and its tokens. */
export interface Written {
  readonly text: string
  readonly tokenIds: ReadonlyArray<number>
}

/** How often each question is answered, and how: greedily at temperature 0. */
export interface Sampling {
  readonly size: number
  readonly temperature: number
  /** Other seeds draw other answers, and so does every question under the same one. */
  readonly seed: number
}

const stop = "</search>"

/** Answers of each question by the policy that the engine has. */
const answers = (
  engine: GenerationEngine,
  questions: ReadonlyArray<SmallQuestion>,
  { seed, size, temperature }: Sampling
): Effect.Effect<ReadonlyArray<ReadonlyArray<Written>>, EngineError> => {
  const samples = Array.from({ length: size }, (_, sample) => sample)
  const all = questions.flatMap((question, place) =>
    samples.map((sample) => write(engine, question, temperature, (seed * questions.length + place) * size + sample))
  )
  return Effect.all(all, { concurrency: 256 }).pipe(
    Effect.map((written) => questions.map((_, place) => written.slice(place * size, (place + 1) * size)))
  )
}

const write = Effect.fnUntraced(function* (
  { generate, text }: GenerationEngine,
  { question }: SmallQuestion,
  temperature: number,
  seed: number
): Effect.fn.Return<Written, EngineError> {
  const prompt = text.encode(text.renderChat?.([{ role: "user", content: question }]) ?? question)
  const sampling = {
    temperature,
    topP: 1,
    topK: 0,
    maxNewTokens: 24,
    stop: [stop],
    stopTokens: [],
    ignoreEndOfText: false,
    seed
  }
  const chunks = yield* Stream.runCollect(generate({ prompt, sampling }))
  const said = chunks.map((chunk) => {
    if (chunk.kind === "tokens") return chunk.text
    return chunk.reason.type === "stop" && chunk.reason.matched === stop ? stop : ""
  })
  const tokenIds = chunks.flatMap((chunk) => (chunk.kind === "tokens" ? chunk.tokens.map(({ id }) => id) : []))
  return { text: said.join(""), tokenIds }
})

const isRight = ({ query }: SmallQuestion, text: string): boolean => text === searchFor(query).text

const isQuery = (text: string): boolean => /^<search>[^<]+<\/search>$/.test(text)

/** 1 for the right query, and 0.1 for what is written as a query at all. */
const rewardOf = (question: SmallQuestion, text: string): number =>
  (isRight(question, text) ? 1 : 0) + (isQuery(text) ? 0.1 : 0)

/** Part of the questions for which the policy, greedily, writes the very query that finds the answer. */
export const accuracy = (
  engine: GenerationEngine,
  questions: ReadonlyArray<SmallQuestion>
): Effect.Effect<number, EngineError> =>
  answers(engine, questions, { size: 1, temperature: 0, seed: 0 }).pipe(
    Effect.map((all) => {
      const right = questions.filter((question, place) => all[place]?.some(({ text }) => isRight(question, text)))
      return right.length / questions.length
    })
  )

/** Answers of each question that the policy draws at temperature 1, with their rewards and advantages. */
export const rollOut = (
  engine: GenerationEngine,
  questions: ReadonlyArray<SmallQuestion>,
  { seed, size }: Omit<Sampling, "temperature">
): Effect.Effect<ReadonlyArray<RolloutGroup>, EngineError> =>
  answers(engine, questions, { size, temperature: 1, seed }).pipe(
    Effect.map((all) => questions.map((question, place) => groupOf(question, all[place] ?? [])))
  )

const groupOf = (question: SmallQuestion, written: ReadonlyArray<Written>): RolloutGroup => {
  const rewards = written.map(({ text }) => rewardOf(question, text))
  const advantages = groupAdvantages(rewards)
  const rollouts = written.map(({ text, tokenIds }, index): ScoredAnswer => {
    const all = { start: 0, end: text.length }
    const [reward = 0, advantage = 0] = [rewards[index], advantages[index]]
    return { text, loss: [all], reward, advantage, turns: [{ ...all, tokenIds }] }
  })
  return { id: question.id, system: "", user: question.question, rollouts }
}

/**
 * The right query of each question before a wrong one that the policy itself drew at temperature 1: the first in `size` tries.
 * A question without any is left out.
 */
export const preferred = (
  engine: GenerationEngine,
  questions: ReadonlyArray<SmallQuestion>,
  { seed, size }: Omit<Sampling, "temperature">
): Effect.Effect<ReadonlyArray<Preference>, EngineError> =>
  answers(engine, questions, { size, temperature: 1, seed }).pipe(
    Effect.map((all) =>
      questions.flatMap((question, place): ReadonlyArray<Preference> => {
        const wrong = all[place]?.find(({ text }) => isQuery(text) && !isRight(question, text))?.text
        if (wrong === undefined) return []
        const rejected = { text: wrong, loss: [{ start: 0, end: wrong.length }] }
        return [{ id: question.id, system: "", user: question.question, chosen: searchFor(question.query), rejected }]
      })
    )
  )

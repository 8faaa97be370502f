import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { assessment } from "../../actors/assessment/assessment.ts"
import { llmRefiner } from "../../actors/refiner/llmRefiner.ts"
import { offlineRefiner } from "../../actors/refiner/offlineRefiner.ts"
import { evidenceJudge } from "../../actors/reward-judge/evidenceJudge.ts"
import { llmJudge, student as studentNames } from "../../actors/reward-judge/llmJudge.ts"
import { initial, ofType, question, stored } from "../../actors/testing/fixtures.ts"
import { passage, play } from "../../actors/testing/play.ts"
import { manage, runStarted, scored } from "../../actors/testing/run.ts"
import { scriptedModel } from "../../actors/testing/scriptedModel.ts"
import { judgePrompt } from "../../config/prompts/judge.ts"
import { refinerPrompt } from "../../config/prompts/refiner.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import { actorSource } from "../../events/ids.ts"
import { configure } from "../../projections/datasets/settings.ts"
import { student } from "../../projections/datasets/student.ts"

const asked = question({ evidence: { passageIds: ["Yu Rongguang"], titles: ["Yu Rongguang"], subQuestions: [] } })

/** Two queries of one output, and one of its own. */
const { retrieved, end } = play({
  context: initial({ question: asked }),
  outputs: [
    "one</think>\n<search> wu </search> <search>Yu Rongguang</search>",
    "<think>two</think>\n<search> tai </search>",
    "x"
  ],
  search: (query) => [passage(query)]
})

const settings = {
  model: "small",
  prompt: "brief",
  sampling: { temperature: 0, topP: 1, maxNewTokens: 16 },
  attempts: 1
} as const

/** The log of a run that rules judged and refined, and the assessment in it. */
const teach = Effect.gen(function* () {
  const judged = yield* Effect.forEach(retrieved, (round) =>
    Effect.map(evidenceJudge.handle(round), ([event]) =>
      stored(ofType("QueryScored", event), {
        source: actorSource(evidenceJudge.name, evidenceJudge.version),
        causationid: round.id
      })
    )
  )
  const novel = retrieved.map((round) => scored(round, "novelty", 1))
  const { log, emitted } = manage(assessment, [runStarted(), ...retrieved, ...novel, ...judged, end])
  const assessed = stored(ofType("TrajectoryAssessed", emitted[1]))
  const refined = yield* offlineRefiner.handle(assessed)
  const refinements = refined.flatMap((event, ordinal) =>
    event.type === "QueryRefined" ? [stored(event, { causationid: assessed.id, ordinal })] : []
  )
  const events: ReadonlyArray<AnyEvent> = [...log, ...refinements]
  return { events, assessed }
})

/** The lessons of a log, as pairs of message and reply. */
const lessonsOf = (events: ReadonlyArray<AnyEvent>, task: "score" | "refine") => {
  const state = events.reduce((folded, event, i) => student.evolve(folded, event, i + 1), student.init())
  const set = ["prompt=brief", `task=${task}`]
  const config = Result.getOrThrow(configure(student.settings, state.history.runs.values(), set))
  return [...student.rows(state, config)].map(({ prompt, target }) => ({ ...prompt, reply: target.text }))
}

describe("a student that learnt from a brief dataset", () => {
  it.effect("is asked to judge word for word as it was taught, and gives its teacher's scores back", () =>
    Effect.gen(function* () {
      const lessons = lessonsOf((yield* teach).events, "score")
      const { layer, requests } = scriptedModel(lessons.map(({ reply }) => reply))
      const judge = llmJudge(settings, judgePrompt, studentNames)
      const scores = yield* Effect.forEach(retrieved, (round) => judge.handle(round)).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        requests.map(({ system, user }) => ({ system, user })),
        lessons.map(({ system, user }) => ({ system, user }))
      )
      assert.deepStrictEqual(
        scores.map(([event]) => ofType("QueryScored", event).data.result),
        [0, 1, 0].map((score) => ({ kind: "value" as const, score }))
      )
    })
  )

  it.effect("is asked to refine word for word as it was taught, and gives its teacher's queries back", () =>
    Effect.gen(function* () {
      const { assessed, events } = yield* teach
      const lessons = lessonsOf(events, "refine")
      const { layer, requests } = scriptedModel(lessons.map(({ reply }) => reply))
      const refined = yield* llmRefiner(settings, refinerPrompt).handle(assessed).pipe(Effect.provide(layer))
      assert.isNotEmpty(lessons)
      assert.deepStrictEqual(
        requests.map(({ system, user }) => ({ system, user })),
        lessons.map(({ system, user }) => ({ system, user }))
      )
      assert.deepStrictEqual(
        refined.flatMap((event) => (event.type === "QueryRefined" ? [event.data.refined] : [])),
        events.flatMap((event) => (event.type === "QueryRefined" ? [event.data.refined] : []))
      )
    })
  )
})

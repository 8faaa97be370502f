import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { refinerPrompt } from "../../config/prompts/refiner.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import { actorSource, branchTrajectoryId, eventId } from "../../events/ids.ts"
import type { Question } from "../../events/shapes.ts"
import { briefRefinement } from "../../method/briefPrompts.ts"
import { assessment } from "../assessment/assessment.ts"
import { initial, nth, ofType, question, stored } from "../testing/fixtures.ts"
import { type Played, passage, play } from "../testing/play.ts"
import { manage, runStarted, scored } from "../testing/run.ts"
import { scriptedModel } from "../testing/scriptedModel.ts"
import { type LlmRefinerSettings, llmRefiner } from "./llmRefiner.ts"
import { offlineRefiner } from "./offlineRefiner.ts"

const asked: Question = question({
  evidence: { passageIds: ["g1", "g2"], titles: ["Yu Rongguang", "Musa (film)"], subQuestions: [] }
})

/** The assessment of a trajectory whose rounds of these numbers are low. */
const assessedAs = (played: Played, low: ReadonlyArray<number>) => {
  const scores = played.retrieved.flatMap(
    (round): ReadonlyArray<AnyEvent> => [
      scored(round, "novelty", 1),
      scored(round, "usefulness", low.includes(round.data.round) ? 0 : 1, `round ${round.data.round} is off`)
    ]
  )
  const { emitted } = manage(assessment, [runStarted(), ...scores, played.end])
  return stored(ofType("TrajectoryAssessed", nth(emitted, 1)))
}

const trajectory = (outputs: ReadonlyArray<string>) =>
  play({ context: initial({ question: asked }), outputs, search: (query) => [passage(query)] })

const threeRounds = trajectory(["<search> g1 </search>", "b</think><search> wu </search>", "<search>tai</search>", "x"])
const settings: LlmRefinerSettings = {
  model: "refiner",
  prompt: "full",
  sampling: { temperature: 0.6, topP: 1, maxNewTokens: 2048 },
  attempts: 2
}
const refinedBy = (replies: ReadonlyArray<string>, low: ReadonlyArray<number>, changes = {}) => {
  const { layer, requests } = scriptedModel(replies)
  return llmRefiner({ ...settings, ...changes }, refinerPrompt)
    .handle(assessedAs(threeRounds, low))
    .pipe(
      Effect.provide(layer),
      Effect.map((events) => ({ events, requests }))
    )
}
const better = (query: string) => `Says more.\n<search> ${query} </search>`

describe("refiner", () => {
  it.effect("emits what came of every round first, then the branches, whichever succeeded", () =>
    Effect.gen(function* () {
      const { events } = yield* refinedBy(["no idea", "still none", better("x")], [2, 3])
      assert.deepStrictEqual(
        events.map(({ type }) => type),
        ["RefinementFailed", "QueryRefined", "RolloutRequested"]
      )
    })
  )

  it.effect("names the refinement that a branch comes from", () =>
    Effect.gen(function* () {
      const assessed = assessedAs(threeRounds, [2, 3])
      const events = yield* offlineRefiner.handle(assessed)
      const source = actorSource(offlineRefiner.name, offlineRefiner.version)
      const inLog = events.map((event, ordinal) => stored(event, { source, causationid: assessed.id, ordinal }))
      const refinements = inLog.filter(({ type }) => type === "QueryRefined")
      const requests = inLog.filter((event) => event.type === "RolloutRequested")
      assert.strictEqual(refinements.length, 2)
      assert.deepStrictEqual(
        requests.map(({ data }) => data.origin?.refinementId),
        refinements.map(({ id }) => id)
      )
    })
  )

  it.effect("cuts the trajectory at the query and puts the new one in its place", () =>
    Effect.gen(function* () {
      const { events } = yield* refinedBy([better("Musa film")], [2])
      const refined = ofType("QueryRefined", nth(events, 0)).data
      const { data, subject } = ofType("RolloutRequested", nth(events, 1))
      const parent = threeRounds.end.data
      assert.deepInclude(refined, { round: 2, original: "wu", refined: "Musa film", feedback: "round 2 is off" })
      assert.strictEqual(refined.branchTrajectoryId, branchTrajectoryId(parent.trajectoryId, 2))
      assert.strictEqual(subject, refined.branchTrajectoryId)
      assert.deepInclude(data, { trajectoryId: subject, rootId: parent.rootId, sample: 0, branch: [2] })
      assert.deepInclude(data.origin, { trajectoryId: parent.trajectoryId, round: 2 })
      const firstRound = parent.transcript.slice(0, nth(parent.rounds, 0).resultEnd)
      assert.strictEqual(data.prefix?.transcript, `${firstRound}\nb</think><search> Musa film </search>`)
      assert.deepStrictEqual(data.prefix?.rounds, [{ ...nth(parent.rounds, 0), kind: "inherited" }])
      assert.deepStrictEqual(data.prefix?.turns, parent.turns.slice(0, 1))
    })
  )

  it.effect("starts branches that the agent goes on with", () =>
    Effect.gen(function* () {
      const { events } = yield* refinedBy([better("Musa film")], [3])
      const { data } = ofType("RolloutRequested", nth(events, 1))
      const { prefix, ...context } = data
      assert.isDefined(prefix)
      const { end } = play({ context, prefix, outputs: ["done"] })
      assert.deepStrictEqual(
        end.data.rounds.map(({ query, queryId, kind }) => [query, queryId, kind]),
        [
          ["g1", `${threeRounds.end.data.trajectoryId}:1`, "inherited"],
          ["wu", `${threeRounds.end.data.trajectoryId}:2`, "inherited"],
          ["Musa film", `${data.trajectoryId}:3`, "issued"]
        ]
      )
    })
  )

  it.effect("lets a branch execute anew the searches that share an output with the one replaced", () =>
    Effect.gen(function* () {
      const twoAtOnce = trajectory(["<search>g1</search><search>wu</search>", "x"])
      const events = yield* offlineRefiner.handle(assessedAs(twoAtOnce, [2]))
      const { prefix, ...context } = ofType("RolloutRequested", nth(events, 1)).data
      assert.isDefined(prefix)
      assert.deepStrictEqual(prefix.rounds, [])
      const { end } = play({ context, prefix, outputs: ["done"] })
      assert.deepStrictEqual(
        end.data.rounds.map(({ query, kind }) => [query, kind]),
        [
          ["g1", "issued"],
          ["Musa (film)", "issued"]
        ]
      )
    })
  )
})

describe("llm refiner", () => {
  it.effect("shows the model the trajectory up to the query's results, and the feedback", () =>
    Effect.gen(function* () {
      const { requests } = yield* refinedBy([better("x")], [2])
      const { user, sampling, assistant } = nth(requests, 0)
      const { transcript, rounds } = threeRounds.end.data
      assert.include(user, transcript.slice(0, nth(rounds, 1).resultEnd))
      assert.notInclude(user, "tai")
      assert.include(user, "round 2 is off")
      assert.deepStrictEqual([sampling.stop, assistant], [["</search>"], ""])
    })
  )

  it.effect("asks again when the query came back, and fails as unchanged in the end", () =>
    Effect.gen(function* () {
      const { events } = yield* refinedBy(["hm", better("WU")], [2])
      const { data } = ofType("RefinementFailed", nth(events, 0))
      assert.strictEqual(data.reason, "unchanged")
      assert.deepInclude(data.exchange, { attempts: 2, reply: better("WU") })
    })
  )
})

describe("llm refiner that is asked briefly", () => {
  const brief = { prompt: "brief" } as const

  it.effect("shows the model what came before the query, and neither the query nor its results", () =>
    Effect.gen(function* () {
      const { requests } = yield* refinedBy([briefRefinement("x")], [2], brief)
      const { user, system, sampling } = nth(requests, 0)
      const { transcript, rounds } = threeRounds.end.data
      assert.strictEqual(user, `${asked.question}\n${transcript.slice(0, nth(rounds, 0).resultEnd)}\nb</think>`)
      assert.deepStrictEqual([system, sampling.stop], ["", ["</search>"]])
    })
  )

  it.effect("takes the query of its reply, as another refiner than one that is asked in full", () =>
    Effect.gen(function* () {
      const { events } = yield* refinedBy([briefRefinement("wu"), briefRefinement("Musa film")], [2], brief)
      const { data } = ofType("QueryRefined", nth(events, 0))
      assert.deepInclude(data, {
        original: "wu",
        refined: "Musa film",
        refiner: { name: "refiner", version: "brief-1" }
      })
      const branch = ofType("RolloutRequested", nth(events, 1)).data
      const source = actorSource("refiner", "brief-1")
      assert.strictEqual(branch.origin?.refinementId, eventId(source, assessedAs(threeRounds, [2]).id, 0))
    })
  )
})

describe("offline refiner", () => {
  it.effect("looks at the results of earlier rounds, not at those of the round it replaces", () =>
    Effect.gen(function* () {
      const first = yield* offlineRefiner.handle(assessedAs(threeRounds, [1]))
      assert.strictEqual(ofType("QueryRefined", nth(first, 0)).data.refined, "Yu Rongguang")
      const second = yield* offlineRefiner.handle(assessedAs(threeRounds, [2]))
      assert.strictEqual(ofType("QueryRefined", nth(second, 0)).data.refined, "Musa (film)")
    })
  )

  it.effect("does nothing for a trajectory without rounds to refine", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* offlineRefiner.handle(assessedAs(threeRounds, [])), [])
    })
  )
})

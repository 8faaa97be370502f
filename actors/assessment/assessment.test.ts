import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import type { AnyEvent } from "../../events/envelope.ts"
import { actorSource, eventId } from "../../events/ids.ts"
import type { RefinementSettings } from "../../events/shapes.ts"
import { nth, ofType, stored } from "../testing/fixtures.ts"
import { type Played, passage, play } from "../testing/play.ts"
import { manage, refinement, runStarted, scored, scoring } from "../testing/run.ts"
import { assessment } from "./assessment.ts"

const answer = (text: string) => `so</think><answer> The final answer is \\[ \\boxed{${text}} \\] </answer>`
const played = play({
  outputs: [
    "<search>a</search>",
    "</think><search>b</search>",
    "<think></think><search>c</search>",
    answer("Kim Sung-su")
  ],
  search: (query) => [passage(query)]
})

/** The scores of a trajectory's rounds: novelty is always high, usefulness as told. */
const scoresOf = ({ retrieved }: Played, usefulness: ReadonlyArray<number | "unparsed">): ReadonlyArray<AnyEvent> =>
  retrieved.flatMap((round, i) => [scored(round, "novelty", 1), scored(round, "usefulness", usefulness[i] ?? 1)])

const assessed = (events: ReadonlyArray<AnyEvent>) =>
  ofType(
    "TrajectoryAssessed",
    manage(assessment, events).emitted.find(({ type }) => type === "TrajectoryAssessed")
  ).data

describe("a completed trajectory", () => {
  const scores = scoresOf(played, [1, 0, 1])

  it("is assessed once every required score is in, and not before", () => {
    const all = [runStarted(), played.end, ...scores]
    expect(manage(assessment, all.slice(0, -1)).emitted).toEqual([])
    expect(manage(assessment, all).emitted.map(({ type }) => type)).toEqual(["OutcomeScored", "TrajectoryAssessed"])
  })

  it("is compared with the gold answers, and its format checked", () => {
    const [outcome] = manage(assessment, [runStarted(), ...scores, played.end]).emitted
    expect(outcome).toMatchObject({
      type: "OutcomeScored",
      data: { prediction: "Kim Sung-su", goldenAnswers: ["Kim Sung-su"], em: 1, f1: 1, formatOk: false }
    })
    expect(outcome?.data).toHaveProperty("formatProblem", "expected as many <think> as </think>, found 2 and 3")
  })

  it("gets a quality for each query, the feedback on the low ones, and its reward", () => {
    const data = assessed([runStarted(), ...scores, played.end])
    expect(data).toMatchObject({ correct: true, f1: 1, nCorrect: 2, nWrong: 1, reward: 0.9, refine: [2] })
    expect(data.assessments.map(({ round, quality, feedback }) => [round, quality, feedback])).toEqual([
      [1, "high", ""],
      [2, "low", "usefulness says 0."],
      [3, "high", ""]
    ])
    expect(data.assessments[1]?.scoreIds).toEqual([scores[2]?.id, scores[3]?.id])
    expect(data.transcript).toBe(played.end.data.transcript)
  })

  it("needs the scorers of the run's combination and no other", () => {
    const novelty = scores.filter((event) => event.type === "QueryScored" && event.data.scorer.name === "novelty")
    const data = assessed([runStarted({ scoring: { ...scoring, combine: "novelty" } }), ...novelty, played.end])
    expect(data.assessments.every(({ quality, scoreIds }) => quality === "high" && scoreIds.length === 1)).toBe(true)
  })

  it("waits for every required scorer, even where one of them settles the quality", () => {
    const redundant = played.retrieved.map((round) => scored(round, "novelty", 0))
    expect(manage(assessment, [runStarted(), ...redundant, played.end]).emitted).toEqual([])
  })

  it("without a query is assessed at once", () => {
    const { end } = play({ outputs: [answer("Kim Sung-su")] })
    expect(assessed([runStarted(), end])).toMatchObject({ assessments: [], refine: [], reward: 1.1 })
  })
})

describe("the order of arrival", () => {
  const events = [runStarted(), played.end, ...scoresOf(played, [1, 0, "unparsed"])]
  const expected = manage(assessment, events).emitted

  it("leaves no trace: the cause is the completion", () => {
    const source = actorSource("assessment", "1")
    expect(expected.map(({ id }) => id)).toEqual([0, 1].map((ordinal) => eventId(source, played.end.id, ordinal)))
    expect(expected.every(({ causationid }) => causationid === played.end.id)).toBe(true)
  })

  it.prop(
    "does not change what is emitted, nor do events that come twice",
    [Schema.Array(Schema.Natural).check(Schema.isMaxLength(20))],
    ([keys]) => {
      const shuffled = [...events, ...events]
        .map((event, i) => ({ event, key: keys[i % Math.max(1, keys.length)] ?? 0 }))
        .sort((left, right) => left.key - right.key)
        .map(({ event }) => event)
      expect(manage(assessment, shuffled).emitted).toEqual(expected)
    }
  )

  it("of two scores of one scorer lets the first one win", () => {
    const second = played.retrieved.slice(1, 2).map((round) => stored({ ...scored(round, "usefulness", 1) }))
    expect(assessed([...events, ...second]).refine).toEqual([2])
    expect(assessed([runStarted(), ...second, ...events.slice(1)]).refine).toEqual([])
  })
})

describe("a person's correction", () => {
  it("wins over the score, the last one over the others", () => {
    const { queryId, round, trajectoryId } = nth(played.retrieved, 1).data
    const correction = (score: number) =>
      stored({
        type: "ScoreOverridden",
        subject: queryId,
        data: { trajectoryId, round, queryId, scorer: "usefulness", score, reason: `worth ${score}`, by: "me" }
      })
    const scores = scoresOf(played, [1, 1, 1])
    const data = assessed([runStarted(), correction(1), ...scores, correction(0), played.end])
    expect(data.assessments[1]).toMatchObject({ quality: "low", feedback: "worth 0" })
  })
})

describe("the rounds to refine", () => {
  const refine = (changes: Partial<RefinementSettings>, usefulness: ReadonlyArray<number | "unparsed">) =>
    assessed([runStarted({ refinement: { ...refinement, ...changes } }), ...scoresOf(played, usefulness), played.end])

  it("are the low ones, never an unparsed one", () => {
    const data = refine({}, [0, "unparsed", 0])
    expect(data.refine).toEqual([1, 3])
    expect(data).toMatchObject({ nCorrect: 0, nWrong: 2 })
    expect(data.assessments[1]?.quality).toBe("unparsed")
  })

  it("are the first maxBranches of them", () => {
    expect(refine({ maxBranches: 2 }, [0, 0, 0]).refine).toEqual([1, 2])
  })

  it("are none when nothing is to be refined", () => {
    expect(refine({ enabled: false }, [0, 0, 0]).refine).toEqual([])
  })
})

describe("a branch", () => {
  const [first] = played.end.data.rounds
  const parent = played.end.data
  const branch = play({
    context: {
      ...parent,
      trajectoryId: "branch",
      branch: [2],
      origin: { trajectoryId: parent.trajectoryId, round: 2, refinementId: "r" }
    },
    prefix: {
      transcript: `${parent.transcript.slice(0, first?.resultEnd)}\n<search>B</search>`,
      rounds: parent.rounds.slice(0, 1),
      turns: parent.turns.slice(0, 1)
    },
    outputs: [answer("nobody")]
  })
  const log = (maxDepth: number, usefulnessOfFirst: number) => [
    runStarted({ refinement: { ...refinement, maxDepth } }),
    ...scoresOf(played, [usefulnessOfFirst, 0, 1]),
    played.end,
    ...scoresOf(branch, [0]),
    branch.end
  ]
  const ofBranch = (events: ReadonlyArray<AnyEvent>) =>
    manage(assessment, events).emitted.find(
      ({ type, subject }) => type === "TrajectoryAssessed" && subject === "branch"
    )

  it("counts the rounds it inherited with their parent's scores, and does not refine them again", () => {
    expect(ofBranch(log(2, 0))?.data).toMatchObject({
      assessments: [
        { round: 1, queryId: `${parent.trajectoryId}:1`, quality: "low" },
        { round: 2, queryId: "branch:2", quality: "low" }
      ],
      nWrong: 2,
      refine: [2]
    })
  })

  it("is not refined beyond the depth of the settings", () => {
    expect(ofBranch(log(1, 1))?.data).toMatchObject({ nWrong: 1, refine: [] })
  })

  it("finds its parent's scores even when the parent was assessed long before", () => {
    const parentDone = manage(assessment, log(2, 1).slice(0, -3)).log
    expect(ofBranch([...parentDone, ...log(2, 1).slice(-3)])?.data).toMatchObject({ nCorrect: 1, nWrong: 1 })
  })
})

describe("rounds that came with a prefix from outside", () => {
  it("have no scores and count for nothing", () => {
    const text = "<think>a</think><search>x</search><result>\n</result>\n<search>y</search>"
    const given = play({ prefix: { transcript: text, rounds: [], turns: [] }, outputs: [answer("nobody")] })
    const data = assessed([runStarted(), given.end, ...scoresOf(given, [1])])
    expect(data.rounds.map(({ kind }) => kind)).toEqual(["given", "issued"])
    expect(data.assessments.map(({ round }) => round)).toEqual([2])
  })
})

describe("the assessment's memory", () => {
  const scores = scoresOf(played, [1, 0, 1])
  const done = manage(assessment, [runStarted(), ...scores, played.end])

  it("repeats nothing after a restart", () => {
    expect(manage(assessment, done.log).emitted).toEqual([])
  })

  it("emits after a restart what was decided but never stored", () => {
    const stopped = done.log.slice(0, -1)
    expect(manage(assessment, stopped).emitted.map(({ type }) => type)).toEqual(["TrajectoryAssessed"])
  })

  it("keeps of an assessed trajectory the scores that a branch can inherit, and else its id", () => {
    const { waiting, waitingFor, records, assessed } = done.state
    expect([waiting.size, waitingFor.size]).toEqual([0, 0])
    expect([...records.keys()]).toEqual([played.end.data.rounds[0]?.queryId])
    expect([...assessed]).toEqual([played.end.data.trajectoryId])
  })

  it("takes up nothing of what it forgot", () => {
    expect(manage(assessment, [...done.log, ...scores, played.end]).state.records.size).toBe(1)
  })
})

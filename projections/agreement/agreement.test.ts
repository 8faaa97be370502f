import { describe, expect, it } from "@effect/vitest"
import type { AnyEvent } from "../../events/envelope.ts"
import { mergeInto } from "../history/merge.ts"
import { randomEvents, retold, seeds } from "../testing/random.ts"
import { eventsOf, overridden, paperScoring, type RoundStory, trajectoryIdAt } from "../testing/story.ts"
import { type AgreementConfig, agreement } from "./agreement.ts"

const scorers = { teacher: "usefulness", student: "student" }

const folded = (events: Iterable<AnyEvent>) => {
  let [state, sequence] = [agreement.init(), 0]
  for (const event of events) state = agreement.evolve(state, event, ++sequence)
  return state
}

const rowsOf = (events: Iterable<AnyEvent>, config: AgreementConfig = scorers) => [
  ...agreement.rows(folded(events), config)
]

const told = (...rounds: ReadonlyArray<RoundStory>) =>
  eventsOf({ questions: [{ id: "q", trajectories: [{ rounds }] }] })
const verdicts = (events: Iterable<AnyEvent>) => rowsOf(events).map(({ teacher, student }) => [teacher, student])

describe("the agreement of two scorers", () => {
  it.each<[behaviour: string, round: RoundStory, teacher: string, student: string]>([
    ["both give a 1", { others: { student: 1 } }, "high", "high"],
    ["only the student gives a 1", { usefulness: 0, others: { student: 1 } }, "low", "high"],
    ["the student's reply can't be read", { others: { student: "unparsed" } }, "high", "unparsed"],
    ["the student has not scored it", { usefulness: 0 }, "low", "unscored"],
    ["the teacher's reply can't be read", { usefulness: "unparsed", others: { student: 0 } }, "unparsed", "low"],
    ["the teacher has not scored it", { usefulness: "none", others: { student: 0 } }, "unscored", "low"]
  ])("tells of a query that %s", (_, round, teacher, student) => {
    expect(verdicts(told(round))).toEqual([[teacher, student]])
  })

  it("says nothing of a query that neither has scored", () => {
    expect(rowsOf(told({ usefulness: "none", others: { other: 1 } }))).toEqual([])
  })

  it("names each query once, where it was issued, in canonical order", () => {
    const events = eventsOf({
      questions: [
        {
          id: "q",
          trajectories: [
            { rounds: [{ query: "one" }, { query: "two" }], branches: [{ at: 2, rounds: [{ query: "three" }] }] }
          ]
        }
      ]
    })
    expect(rowsOf(events).map(({ queryId, round, query }) => [queryId, round, query])).toEqual([
      [`${trajectoryIdAt("q", 0)}:1`, 1, "one"],
      [`${trajectoryIdAt("q", 0)}:2`, 2, "two"],
      [`${trajectoryIdAt("q", 0, [2])}:2`, 2, "three"]
    ])
  })

  it("compares with a teacher that a person corrected, and with the student as it scored", () => {
    const events = told({ usefulness: 0, others: { student: 0 } })
    const correction = (scorer: string) => overridden({ question: "q", round: 1, scorer, score: 1 })
    expect(verdicts([...events, correction("usefulness")])).toEqual([["high", "low"]])
    expect(verdicts([...events, correction("student")])).toEqual([["low", "low"]])
  })

  it("takes a score for a 1 by the thresholds of its run", () => {
    const scoring = { ...paperScoring, thresholds: { student: 0.5 } }
    const rounds: ReadonlyArray<RoundStory> = [{ others: { student: 0.6 } }, { others: { student: 0.4 } }]
    const events = eventsOf({ scoring, questions: [{ id: "q", trajectories: [{ rounds }] }] })
    expect(rowsOf(events).map(({ student }) => student)).toEqual(["high", "low"])
  })

  it("looks at one run alone when it is told to", () => {
    const questions = [{ id: "q", trajectories: [{}] }]
    const events = [...eventsOf({ questions }), ...eventsOf({ run: "other", questions })]
    expect(rowsOf(events).map(({ runId }) => runId)).toEqual(["other", "run"])
    expect(rowsOf(events, { ...scorers, runId: "run" }).map(({ runId }) => runId)).toEqual(["run"])
  })

  it.prop(
    "is the same however the events arrived, and in whatever parts they were folded",
    [seeds, seeds],
    ([seed, order]) => {
      const events = retold(randomEvents(seed), order)
      const whole = rowsOf(events, { teacher: "usefulness", student: "novelty" })
      expect(rowsOf(randomEvents(seed), { teacher: "usefulness", student: "novelty" })).toEqual(whole)
      const middle = events.length >> 1
      const merged = mergeInto(folded(events.slice(0, middle)), folded(events.slice(middle)))
      expect([...agreement.rows(merged, { teacher: "usefulness", student: "novelty" })]).toEqual(whole)
    }
  )
})

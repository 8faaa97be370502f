import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import type { AnyEvent } from "../../events/envelope.ts"
import type { ScoringSettings } from "../../events/shapes.ts"
import { eventsOf, overridden, paperScoring, type TrajectoryStory, trajectoryIdAt } from "../testing/story.ts"
import { assessTrajectory, evidenceOf } from "./assessment.ts"
import { foldHistory } from "./fold.ts"
import { emptyHistory } from "./history.ts"
import { scoringRules } from "./rules.ts"
import { questionsOf } from "./trees.ts"

const assessed = (
  events: ReadonlyArray<AnyEvent>,
  { branch = [], ...changed }: Partial<ScoringSettings> & { readonly branch?: ReadonlyArray<number> } = {}
) => {
  const rules = Result.getOrThrow(scoringRules({ ...paperScoring, ...changed }))
  const [question] = questionsOf(foldHistory(emptyHistory(), events))
  const trajectory = question?.trajectories.get(trajectoryIdAt("q", 0, branch))
  if (question === undefined || trajectory === undefined) throw new Error("the story has no such trajectory")
  return { ...assessTrajectory(question, trajectory, rules), evidence: evidenceOf(question, trajectory, rules) }
}

const told = (trajectory: TrajectoryStory) => eventsOf({ questions: [{ id: "q", trajectories: [trajectory] }] })
const typesOf = (events: ReadonlyArray<AnyEvent>, ids: ReadonlyArray<string>) =>
  ids.map((id) => events.find((event) => event.id === id)?.type)

describe("the assessment of a trajectory", () => {
  const events = told({ rounds: [{ overlap: 1 }, { usefulness: 0 }, { overlap: 2 }] })

  it("combines the scores of each round", () => {
    expect(assessed(events)).toMatchObject({ correct: true, complete: true, nCorrect: 1, nWrong: 2, reward: 0.9 })
    expect(assessed(events).rounds.map(({ quality }) => quality)).toEqual(["high", "low", "low"])
  })

  it("follows another K without a new score", () => {
    expect(assessed(events, { novelty: { maxOverlap: 0 } })).toMatchObject({ nWrong: 3 })
    expect(assessed(events, { novelty: { maxOverlap: 2 } })).toMatchObject({ nWrong: 1 })
  })

  it("follows another combination, which may ask for a scorer that never scored", () => {
    expect(assessed(events, { combine: "usefulness" })).toMatchObject({ nCorrect: 2, nWrong: 1, complete: true })
    expect(assessed(events, { combine: "novelty and usefulness and mine" })).toMatchObject({
      complete: false,
      nWrong: 2
    })
  })

  it("takes a correction for the score, under any K", () => {
    const correction = overridden({ question: "q", round: 3, scorer: "novelty", score: 1 })
    const corrected = assessed([...events, correction], { novelty: { maxOverlap: 0 } })
    expect(corrected.rounds.map(({ quality }) => quality)).toEqual(["low", "low", "high"])
    expect(corrected.evidence).toContain(correction.id)
  })

  it("judges a branch by its parent's scores where it shares the rounds, and names every event it rests on", () => {
    const branching = told({ rounds: [{ usefulness: 0 }, { usefulness: 0 }], branches: [{ at: 2 }] })
    const branch = assessed(branching, { branch: [2] })
    expect(branch.rounds.map(({ quality }) => quality)).toEqual(["low", "high"])
    expect(typesOf(branching, branch.evidence)).toEqual([
      "TrajectoryCompleted",
      "QueryRefined",
      "QueryScored",
      "QueryScored",
      "QueryScored",
      "QueryScored"
    ])
  })

  it("leaves out the rounds that a prefix from outside brought along", () => {
    const given = events.map((event) =>
      event.type === "TrajectoryCompleted"
        ? {
            ...event,
            data: {
              ...event.data,
              rounds: event.data.rounds.map((round, i) => ({
                ...round,
                kind: i === 1 ? ("given" as const) : round.kind
              }))
            }
          }
        : event
    )
    expect(assessed(given).rounds.map(({ round }) => round.round)).toEqual([1, 3])
  })

  it("says where a combination can't be read", () => {
    const rules = scoringRules({ ...paperScoring, combine: "novelty und usefulness" })
    expect(Result.isFailure(rules) && rules.failure.message).toMatch(/^combine "novelty und usefulness", character 9: /)
  })
})

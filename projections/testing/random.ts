import { Arbitrary, Schema } from "effect"
import type { AnyEvent } from "../../events/envelope.ts"
import { type BranchStory, eventsOf, overridden, type RoundStory, type Story, type TrajectoryStory } from "./story.ts"

/** For property tests: a seed stands for a random history, or for a random way in which a log may tell it. */
export const seeds = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 })))

type Random = (below: number) => number

/** A small generator of integers from 0 up to, not including, `below` (mulberry32). */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/**
 * A history with everything in it: good and bad answers, missing and unreadable scores, failures, branches,
 * corrections.
 */
export const randomEvents = (seed: number): ReadonlyArray<AnyEvent> => {
  const random = randomOf(seed)
  const story: Story = {
    questions: times(1 + random(4), (i) => ({
      id: `q${i}`,
      trajectories: times(1 + random(3), () => randomTrajectory(random, 2))
    }))
  }
  const corrections = times(random(4), (i) =>
    overridden({
      question: "q0",
      round: 1,
      scorer: random(2) === 0 ? "novelty" : "usefulness",
      score: random(2),
      reason: `correction ${i}`
    })
  )
  return [...eventsOf(story), ...corrections]
}

const randomTrajectory = (random: Random, depth: number): TrajectoryStory => {
  const rounds = times(1 + random(3), () => randomRound(random))
  const branches =
    depth === 0 ? [] : rounds.flatMap((_, i) => (random(3) === 0 ? [randomBranch(random, depth, i)] : []))
  return {
    rounds,
    branches,
    ...(random(3) === 0 ? { answer: "silver" } : {}),
    ...(random(8) === 0 ? { failed: "refused" } : {}),
    ...(random(8) === 0 ? { broken: true } : {})
  }
}

const randomBranch = (random: Random, depth: number, i: number): BranchStory => ({
  ...randomTrajectory(random, depth - 1),
  at: i + 1,
  refiner: "teacher"
})

const randomRound = (random: Random): RoundStory => ({
  overlap: random(10) === 0 ? "none" : random(3),
  usefulness: pick(random, [0, 0, 1, 1, 1, 1, "unparsed", "none"]),
  judge: "teacher"
})

const pick = <A>(random: Random, choices: readonly [A, ...ReadonlyArray<A>]): A =>
  choices[random(choices.length)] ?? choices[0]

const times = <A>(count: number, make: (i: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, i) => make(i))

/**
 * Tells the same history in another order, with some events told again: the order of arrival is free but for events
 * that contradict each other, which are the scores, and the corrections, of one scorer for one query.
 */
export const retold = (events: ReadonlyArray<AnyEvent>, seed: number): ReadonlyArray<AnyEvent> => {
  const random = randomOf(seed)
  const queues = [...Map.groupBy(events, contention).values()].map((queue) => [...queue])
  const told: Array<AnyEvent> = []
  while (queues.length > 0) {
    const at = random(queues.length)
    const next = queues[at]?.shift()
    if (next === undefined) queues.splice(at, 1)
    else told.push(next)
    const again = random(4) === 0 ? told[random(told.length)] : undefined
    if (again !== undefined) told.push(again)
  }
  return told
}

const contention = (event: AnyEvent): string =>
  event.type === "QueryScored"
    ? `${event.data.queryId} ${event.data.scorer.name}`
    : event.type === "ScoreOverridden"
      ? `${event.data.queryId} ${event.data.scorer} corrected`
      : event.id

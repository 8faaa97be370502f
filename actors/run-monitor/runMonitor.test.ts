import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { contextOf } from "../../events/context.ts"
import type { AnyEvent, EventOf } from "../../events/envelope.ts"
import { actorSource, branchTrajectoryId, eventId } from "../../events/ids.ts"
import type { DataOf } from "../../events/registry.ts"
import { initial, nth, runId, stored } from "../testing/fixtures.ts"
import { type Played, play } from "../testing/play.ts"
import { manage, runStarted, scored, scoring } from "../testing/run.ts"
import { progressOf } from "./progress.ts"
import { runMonitor } from "./runMonitor.ts"

const sample = (n: number): Played => {
  const context = initial({ sample: n })
  return play({ context: { ...context, rootId: context.trajectoryId }, outputs: ["<search>a</search>", "done"] })
}

const assessed = ({ end }: Played, refine: ReadonlyArray<number> = []): EventOf<"TrajectoryAssessed"> => {
  const { transcript, rounds, turns } = end.data
  const verdict = { assessments: [], f1: 0, correct: false, nCorrect: 0, nWrong: 0, reward: 0, refine }
  return stored({
    type: "TrajectoryAssessed",
    subject: end.subject,
    data: { ...contextOf(end.data), transcript, rounds, turns, ...verdict }
  })
}

const refinementOf = ({ end }: Played, round: number) => {
  const { trajectoryId, rootId, sample, branch } = end.data
  return {
    ...{ trajectoryId, rootId, sample, branch, round },
    queryId: `${trajectoryId}:${round}`,
    original: "a",
    feedback: "",
    refiner: { name: "refiner", version: "1" }
  }
}

const refined = (parent: Played, round: number): AnyEvent => {
  const id = branchTrajectoryId(parent.end.data.trajectoryId, round)
  const data = { ...refinementOf(parent, round), refined: "b", explanation: "", branchTrajectoryId: id }
  return stored({ type: "QueryRefined", subject: data.queryId, data })
}

const notRefined = (parent: Played, round: number): AnyEvent => {
  const data = { ...refinementOf(parent, round), reason: "unchanged" as const }
  return stored({ type: "RefinementFailed", subject: data.queryId, data })
}

const branchOf = ({ end }: Played, round: number): Played => {
  const trajectoryId = branchTrajectoryId(end.data.trajectoryId, round)
  return play({ context: { ...contextOf(end.data), trajectoryId, branch: [round] }, outputs: ["done"] })
}

const failed = ({ end }: Played): AnyEvent => {
  const { transcript, rounds, turns } = end.data
  const data = { ...contextOf(end.data), transcript, rounds, turns, reason: "rejected", detail: "no" }
  return stored({ type: "TrajectoryFailed", subject: end.subject, data })
}

const parked = (actor: string, event: AnyEvent, changes: Partial<DataOf<"MessageParked">> = {}): AnyEvent => {
  const trajectoryId = "trajectoryId" in event.data ? event.data.trajectoryId : ""
  const what = { actor, actorVersion: "1", eventType: event.type, eventId: event.id, trajectoryId }
  const data = { ...what, sequence: 1, attempts: 3, error: "no", ...changes }
  return stored({ type: "MessageParked", subject: event.subject, data })
}

const completion = (events: ReadonlyArray<AnyEvent>) => manage(runMonitor, events).emitted.map(({ data }) => data)
const progress = (events: ReadonlyArray<AnyEvent>) => progressOf(manage(runMonitor, events).state, runId)

const [a, b] = [sample(0), sample(1)]
const started = runStarted({ rollouts: 2 })
const query = nth(a.retrieved, 0)

describe("a run", () => {
  it("is complete when every trajectory is assessed or failed, and not before", () => {
    const events = [started, a.end, assessed(a), failed(b)]
    expect(completion(events.slice(0, -1))).toEqual([])
    expect(completion(events)).toEqual([{ trajectories: 2, branches: 0, failed: 1, parked: 0 }])
  })

  it("is completed because it was started", () => {
    const [event] = manage(runMonitor, [started, assessed(a), assessed(b)]).emitted
    expect(event).toMatchObject({ type: "RunCompleted", subject: runId, causationid: started.id })
    expect(event?.id).toBe(eventId(actorSource("run-monitor", "1"), started.id, 0))
  })

  it("without rollouts is complete at once", () => {
    expect(completion([runStarted({ rollouts: 0 })])).toHaveLength(1)
  })

  it("is not completed once it was given up", () => {
    const givenUp = stored({ type: "RunFailed", subject: runId, data: { reason: "disk full" } })
    expect(completion([started, assessed(a), givenUp, assessed(b)])).toEqual([])
  })

  it("is completed once, restarts and late events included", () => {
    const done = manage(runMonitor, [started, assessed(a), assessed(b)])
    expect(done.emitted).toHaveLength(1)
    expect(manage(runMonitor, done.log).emitted).toEqual([])
    expect(manage(runMonitor, [...done.log, assessed(a, [1])]).emitted).toEqual([])
  })

  it("has nothing to do with another run", () => {
    const other = stored({ ...assessed(b) }, { runid: "other" })
    expect(completion([started, assessed(a), other])).toEqual([])
  })
})

describe("a branch", () => {
  const announced = [started, assessed(a, [1]), assessed(b)]
  const branch = branchOf(a, 1)

  it("keeps its run open from its announcement until it is settled", () => {
    expect(completion(announced)).toEqual([])
    expect(completion([...announced, refined(a, 1), branch.end])).toEqual([])
    expect(completion([...announced, refined(a, 1), branch.end, assessed(branch)])).toEqual([
      { trajectories: 3, branches: 1, failed: 0, parked: 0 }
    ])
  })

  it("is not expected any more when no better query was found", () => {
    expect(completion([...announced, notRefined(a, 1)])).toEqual([
      { trajectories: 2, branches: 0, failed: 0, parked: 0 }
    ])
  })

  it("is parked with the message that its refiner could not handle, and comes to life when it could after all", () => {
    const held = [...announced.slice(0, 2), parked("refiner", assessed(a, [1]))]
    expect(progress(held)).toMatchObject({ expected: 3, parked: 1, branches: 1 })
    expect(progress([...held, refined(a, 1)])).toMatchObject({ expected: 3, parked: 0 })
  })
})

describe("a parked message", () => {
  it.each([
    ["agent-rollout", query],
    ["retrieval", nth(a.issued, 0)]
  ])("of %s settles its trajectory", (actor, event) => {
    expect(completion([started, assessed(b), parked(actor, event)])).toEqual([
      { trajectories: 2, branches: 0, failed: 0, parked: 1 }
    ])
  })

  it("that nobody can read settles one trajectory, whichever", () => {
    const unreadable = parked("retrieval", nth(a.issued, 0))
    if (unreadable.type !== "MessageParked") throw new Error("expected MessageParked")
    const { trajectoryId: _, eventId: _id, ...data } = unreadable.data
    expect(completion([started, assessed(b), stored({ ...unreadable, data })])).toHaveLength(1)
  })

  it.each(["redundancy-checker", "reward-judge"])("of %s settles its trajectory once that is completed", (actor) => {
    const held = [started, assessed(b), parked(actor, query)]
    expect(completion(held)).toEqual([])
    expect(completion([...held, a.end])).toEqual([{ trajectories: 2, branches: 0, failed: 0, parked: 1 }])
  })

  it("that was scored later holds up nothing", () => {
    const scoredLater = [started, assessed(b), parked("reward-judge", query), scored(query, "usefulness", 1), a.end]
    expect(completion(scoredLater)).toEqual([])
    expect(completion([...scoredLater, assessed(a)])).toEqual([{ trajectories: 2, branches: 0, failed: 0, parked: 0 }])
  })

  it("of a scorer that the run does not require, or of any other actor, changes nothing", () => {
    const others = [parked("style", query), parked("mirror", nth(a.issued, 0))]
    expect(completion([started, assessed(b), ...others, a.end])).toEqual([])
    const required = runStarted({ rollouts: 2, scoring: { ...scoring, combine: "style" } })
    expect(completion([required, assessed(b), ...others, a.end])).toHaveLength(1)
  })

  it("of a trajectory that went on all the same counts for nothing", () => {
    expect(progress([started, parked("agent-rollout", query), a.end, assessed(a)])).toMatchObject({
      assessed: 1,
      parked: 0
    })
  })
})

describe("progress", () => {
  const branch = branchOf(a, 1)
  const events = [
    started,
    a.end,
    assessed(a, [1, 2]),
    refined(a, 1),
    notRefined(a, 2),
    parked("reward-judge", nth(b.retrieved, 0)),
    branch.end,
    failed(b)
  ]

  it("is unknown before the run's start", () => {
    expect(progress([a.end])).toBeUndefined()
  })

  it("counts trajectories by how they fare, and the searches of the completed ones", () => {
    expect(progress(events)).toEqual({
      expected: 3,
      completed: 2,
      assessed: 1,
      failed: 1,
      parked: 0,
      branches: 1,
      queries: 1
    })
  })

  it.prop("is not changed by events that come again", [Schema.Array(Schema.Natural)], ([again]) => {
    const repeated = events.flatMap((event, i) => [
      event,
      ...again.filter((n) => n % events.length <= i).map((n) => nth(events, n % events.length))
    ])
    expect(progress(repeated)).toEqual(progress(events))
  })
})

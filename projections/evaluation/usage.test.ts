import { describe, expect, it } from "vitest"
import type { AnyEvent } from "../../events/envelope.ts"
import { isCompleted } from "./evaluate.ts"
import { evaluationOf, rowsOf, workedEvents } from "./testing/rows.ts"
import { addUsage } from "./usage.ts"

const exchange = { model: "m", system: "", user: "", reply: "", attempts: 1, latencyMs: 1 }

/** Every turn reads 100 tokens and writes 10, every judgement of usefulness reads 50 and writes 5, every refinement 30 and 3. */
const counted = (event: AnyEvent): AnyEvent => {
  switch (event.type) {
    case "TrajectoryCompleted": {
      const turns = event.data.turns.map((turn) => ({ ...turn, promptTokens: 100, completionTokens: 10 }))
      return { ...event, data: { ...event.data, turns } }
    }
    case "QueryScored": {
      if (event.data.scorer.name !== "usefulness") return event
      const evidence = { exchange: { ...exchange, promptTokens: 50, completionTokens: 5 } }
      return { ...event, data: { ...event.data, evidence } }
    }
    case "QueryRefined":
      return { ...event, data: { ...event.data, exchange: { ...exchange, promptTokens: 30, completionTokens: 3 } } }
    default:
      return event
  }
}

describe("token usage", () => {
  const events = workedEvents.map(counted)

  it("is told by who spent it: turns, judgements and the refinement of a trajectory", () => {
    const [q1] = rowsOf(events).filter(isCompleted)
    expect(q1?.usage).toEqual({
      policy: { prompt: 300, completion: 30 },
      scorers: { prompt: 100, completion: 10 },
      refiner: { prompt: 30, completion: 3 }
    })
  })

  it("of a branch leaves out the turns up to its refined query: its parent paid for them", () => {
    const [, branch] = rowsOf(events).filter(isCompleted)
    const told = events.find(({ subject, type }) => subject === branch?.trajectoryId && type === "TrajectoryCompleted")
    expect(told?.type === "TrajectoryCompleted" && told.data.turns).toHaveLength(2)
    expect(branch?.usage.policy).toEqual({ prompt: 100, completion: 10 })
  })

  it("counts an event that is told twice once", () =>
    expect(rowsOf(events.flatMap((event) => [event, event]))).toEqual(rowsOf(events)))

  it("adds up over trajectories", () =>
    expect(evaluationOf(events).overall.initial.usage.scorers).toEqual({ prompt: 350, completion: 35 }))

  it("is absent where nobody counted", () => {
    expect(evaluationOf(workedEvents).overall.initial.usage).toEqual({})
    expect(addUsage([{}, { policy: { prompt: 1, completion: 2 } }, {}])).toEqual({
      policy: { prompt: 1, completion: 2 }
    })
  })
})

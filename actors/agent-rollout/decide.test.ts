import { Result } from "effect"
import { describe, expect, it } from "vitest"
import type { EventOf, NewEvent } from "../../events/envelope.ts"
import type { Progress, RolloutSettings } from "../../events/shapes.ts"
import { initial, nth, ofType, settings, stored } from "../testing/fixtures.ts"
import { generated, passage, play } from "../testing/play.ts"
import { afterGeneration, decide } from "./decide.ts"
import { positionOf } from "./position.ts"

const requested = (changes: Partial<RolloutSettings> = {}, prefix?: Progress): EventOf<"RolloutRequested"> => {
  const context = initial({ settings: settings(changes) })
  const data = { ...context, ...(prefix === undefined ? {} : { prefix }) }
  return stored({ type: "RolloutRequested", subject: context.trajectoryId, data })
}

const positionAt = (event: EventOf<"RolloutRequested" | "DocumentsRetrieved">) => Result.getOrThrow(positionOf(event))
const afterOutput = (text: string, changes = {}): NewEvent =>
  afterGeneration(positionAt(requested()), generated(text, changes))

describe("a rollout that begins", () => {
  it("asks the policy to write on from the priming tag", () => {
    const move = decide(positionAt(requested({ policy: "student" })))
    expect(move).toMatchObject({
      kind: "generate",
      request: {
        model: "student",
        system: "You search.",
        user: "Who directed the 2001 film that featured Yu Rongguang?",
        assistant: "<think>",
        sampling: { maxNewTokens: 1000, stop: ["</search>"] }
      }
    })
  })

  it("stops at the end of a search besides the stop strings of the settings, each once", () => {
    const sampling = { temperature: 0, topP: 1, maxNewTokens: 10, stop: ["</answer>", "</search>"] }
    const move = decide(positionAt(requested({ sampling })))
    expect(move).toMatchObject({ request: { sampling: { stop: ["</answer>", "</search>"] } } })
  })

  it("from a prefix executes the prefix's query before anything is generated", () => {
    const prefix = { transcript: "<think>so</think><search> Yu Rongguang </search>", rounds: [], turns: [] }
    const move = decide(positionAt(requested({}, prefix)))
    expect(move).toMatchObject({
      kind: "emit",
      event: { type: "QueryIssued", data: { round: 1, query: "Yu Rongguang", queryEnd: prefix.transcript.length } }
    })
  })
})

describe("an output", () => {
  it("with a search issues its query, the stop string kept in the transcript", () => {
    const { subject, data } = ofType("QueryIssued", afterOutput(" hm</think><search> Musa film </search>"))
    expect(data.transcript).toBe("<think> hm</think><search> Musa film </search>")
    expect(data).toMatchObject({ round: 1, query: "Musa film", queryEnd: data.transcript.length, pending: [] })
    expect(subject).toBe(`${data.trajectoryId}:1`)
    expect(data.queryId).toBe(subject)
  })

  it("with several searches issues the first and lets the others wait", () => {
    const { data } = ofType("QueryIssued", afterOutput("<search>a</search> and <search>b</search>"))
    expect(data.query).toBe("a")
    expect(data.pending).toEqual([{ query: "b", queryEnd: data.transcript.length }])
    expect(data.transcript.slice(0, data.queryEnd)).toBe("<think><search>a</search>")
  })

  it("with an answer completes the trajectory", () => {
    const output = "so</think><answer> The final answer is \\[ \\boxed{Kim Sung-su} \\] </answer>"
    const { data } = ofType("TrajectoryCompleted", afterOutput(output))
    expect(data).toMatchObject({ answer: "Kim Sung-su", finishReason: "end", transcript: `<think>${output}` })
  })

  it.each<[behaviour: string, text: string, expected: object]>([
    ["that ran out of tokens", "so I", { type: "TrajectoryCompleted", data: { finishReason: "max-tokens" } }],
    ["cut off inside a query", "<search>Mu", { type: "TrajectoryCompleted", data: { finishReason: "max-tokens" } }],
    ["cut off behind a query", "<search>a</search> and", { type: "QueryIssued", data: { query: "a" } }]
  ])("%s", (_, text, expected) => {
    expect(afterOutput(text, { finishReason: "length" })).toMatchObject(expected)
  })

  it("is on record as a turn with what its server counted, and nothing that it did not", () => {
    const counted = { promptTokens: 20, completionTokens: 3, tokenIds: [1, 2, 3], logProbs: [-1, -2, -0.5] }
    const { data } = ofType("TrajectoryCompleted", afterOutput("abc", counted))
    expect(data.turns).toEqual([{ start: 7, end: 10, model: "scripted", finishReason: "stop", ...counted }])
    const uncounted = ofType("TrajectoryCompleted", afterOutput("abc")).data
    expect(uncounted.turns).toEqual([{ start: 7, end: 10, model: "scripted", finishReason: "stop" }])
  })
})

describe("documents that came", () => {
  it("let the next waiting query be issued without a generation", () => {
    const { issued, retrieved } = play({ outputs: ["<search>a</search><search>b</search>"] })
    expect(issued.map(({ data }) => [data.round, data.query, data.turns.length])).toEqual([
      [1, "a", 1],
      [2, "b", 1]
    ])
    const last = retrieved.at(-1)?.data
    expect(last?.transcript).toBe(
      "<think><search>a</search><search>b</search><result>\n</result>\n<result>\n</result>\n"
    )
  })

  it("end the trajectory after maxTurns outputs, whatever the number of their searches", () => {
    const outputs = ["<search>a</search><search>b</search>", "<search>c</search>", "never asked for"]
    const { end } = play({ context: initial({ settings: settings({ maxTurns: 2 }) }), outputs })
    expect(end.data.finishReason).toBe("max-turns")
    expect(end.data.rounds.map(({ query }) => query)).toEqual(["a", "b", "c"])
    expect(end.data.transcript).not.toContain("never")
  })

  it("end the trajectory when they fill the response", () => {
    const context = initial({ settings: settings({ maxResponseTokens: 50 }) })
    const search = () => [{ id: "d", contents: "long ".repeat(100) }]
    const { end } = play({ context, outputs: ["<search>a</search>", "never asked for"], search })
    expect(end.data.finishReason).toBe("max-tokens")
    expect(end.data.turns).toHaveLength(1)
  })

  it("leave the next generation only the tokens that are left", () => {
    const counted = generated("<search>a</search>", { promptTokens: 100, completionTokens: 30 })
    const context = initial({ settings: settings({ maxResponseTokens: 100 }) })
    const { retrieved } = play({ context, outputs: [counted], search: () => [passage("d")] })
    // 2 tokens of priming, 30 generated, and 40 characters of results taken for 10 tokens.
    expect(decide(positionAt(nth(retrieved, 0)))).toMatchObject({
      request: { sampling: { maxNewTokens: 100 - 2 - 30 - 10 } }
    })
  })
})

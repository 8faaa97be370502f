import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import type { ScoringSettings } from "../../events/shapes.ts"
import type { DatasetKind, DatasetRow } from "../datasets/dataset.ts"
import { dpo } from "../datasets/dpo.ts"
import { chooseFormats } from "../datasets/formats.ts"
import { rl } from "../datasets/rl.ts"
import { sft } from "../datasets/sft.ts"
import { built } from "../testing/build.ts"
import { eventsOf, storySettings } from "../testing/story.ts"
import { encode } from "./format.ts"

const events = eventsOf({
  questions: [{ id: "q", trajectories: [{}, { answer: "silver", rounds: [{ usefulness: 0 }], branches: [{ at: 1 }] }] }]
})
const [good, bad] = events.filter((event) => event.type === "TrajectoryCompleted").map(({ data }) => data.transcript)
const branch = events.findLast((event) => event.type === "TrajectoryCompleted")?.data.transcript

const written = <State, Config extends ScoringSettings, Row extends DatasetRow>(
  kind: DatasetKind<State, Config, Row>,
  name: string,
  set: ReadonlyArray<string> = []
) => {
  const { rows, dataset } = built(kind, events, set, [name])
  const [chosen] = dataset.formats
  const text = Array.from(chosen === undefined ? [] : encode(chosen.format, rows), String).join("")
  const values: ReadonlyArray<unknown> = chosen?.format.file.endsWith(".json")
    ? JSON.parse(text)
    : text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line))
  return { text, values, info: chosen?.format.datasetInfo, file: chosen?.format.file }
}

const system = storySettings.system
const user = "What is q?"
const prompt = [
  { role: "system", content: system },
  { role: "user", content: user }
]
const says = (content: string | undefined) => [{ role: "assistant", content }]

describe("demonstrations", () => {
  it("as alpaca hold instruction, input and output, and LLaMA-Factory is told what they are", () => {
    const { values, info, file } = written(sft, "alpaca")
    expect(values).toEqual([{ instruction: system, input: user, output: good }])
    expect(info).toEqual({
      smartsearch_sft: {
        file_name: file,
        formatting: "alpaca",
        columns: { system: "instruction", prompt: "input", response: "output" }
      }
    })
  })

  it("as sharegpt hold a conversation", () => {
    const { values, info } = written(sft, "sharegpt")
    expect(values).toEqual([
      {
        conversations: [
          { from: "human", value: user },
          { from: "gpt", value: good }
        ],
        system
      }
    ])
    expect(info?.smartsearch_sft_sharegpt?.columns).toEqual({ messages: "conversations", system: "system" })
  })

  it("as messages and for TRL hold chat messages", () => {
    expect(written(sft, "messages").values).toEqual([{ messages: [...prompt, ...says(good)] }])
    expect(written(sft, "trl").values).toEqual([{ prompt, completion: says(good) }])
  })

  it("as jsonl say which characters count for the loss", () => {
    const [row] = written(sft, "jsonl").values
    const start = good?.indexOf("<result>")
    const end = good?.indexOf("</result>\n")
    expect(row).toMatchObject({
      text: good,
      loss: [
        [0, start],
        [(end ?? 0) + "</result>".length, good?.length]
      ]
    })
  })

  it("are one row a line, also inside an array, and an empty array when there are none", () => {
    expect(written(sft, "alpaca", ["includeBranches=true"]).text.split("\n")).toHaveLength(5)
    expect(written(sft, "alpaca", ["minSearches=9"]).text).toBe("[]\n")
    expect(written(sft, "messages", ["minSearches=9"]).text).toBe("")
  })
})

describe("preferences", () => {
  const [chosen, rejected] = [branch, bad]

  it("as alpaca are rankings to LLaMA-Factory", () => {
    const { values, info, file } = written(dpo, "alpaca")
    expect(values).toEqual([{ instruction: system, input: user, chosen, rejected }])
    expect(info).toEqual({
      smartsearch_dpo: {
        file_name: file,
        formatting: "alpaca",
        ranking: true,
        columns: { system: "instruction", prompt: "input", chosen: "chosen", rejected: "rejected" }
      }
    })
  })

  it("as sharegpt are rankings too", () => {
    const { values, info } = written(dpo, "sharegpt")
    expect(values).toEqual([
      {
        conversations: [{ from: "human", value: user }],
        chosen: { from: "gpt", value: chosen },
        rejected: { from: "gpt", value: rejected },
        system
      }
    ])
    expect(info?.smartsearch_dpo_sharegpt?.ranking).toBe(true)
  })

  it("for TRL and OpenAI hold chat messages", () => {
    expect(written(dpo, "trl").values).toEqual([{ prompt, chosen: says(chosen), rejected: says(rejected) }])
    expect(written(dpo, "messages").values).toEqual([
      { input: { messages: prompt }, preferred_output: says(chosen), non_preferred_output: says(rejected) }
    ])
  })

  it("as jsonl tell the rule and the loss spans of both sides", () => {
    expect(written(dpo, "jsonl").values).toMatchObject([
      {
        system,
        user,
        rule: "outcome",
        chosen: { text: chosen },
        rejected: {
          text: rejected,
          loss: [
            [0, expect.any(Number)],
            [expect.any(Number), rejected?.length]
          ]
        }
      }
    ])
  })
})

describe("groups", () => {
  it("as jsonl tell everything about each rollout", () => {
    const [group] = written(rl, "jsonl", ["groupSize=2"]).values
    expect(group).toMatchObject({
      dataset: "demo",
      questionId: "q",
      system,
      user,
      goldenAnswers: ["gold"],
      rollouts: [
        {
          sample: 0,
          branch: [],
          text: good,
          reward: 1.1,
          f1: 1,
          nCorrect: 1,
          nWrong: 0,
          turns: [{ model: "policy-1" }, {}]
        },
        { sample: 1, branch: [], text: bad, reward: 0.1 }
      ]
    })
  })
})

describe("a format that a kind does not have", () => {
  it("is refused with those that it has", () => {
    const failure = Result.getOrThrow(Result.flip(chooseFormats(rl, ["alpaca"])))
    expect(failure.message).toBe("an RL dataset can't be written as alpaca; choose from jsonl, verl")
    expect(Result.isFailure(chooseFormats(sft, ["verl"]))).toBe(true)
    expect(Result.isFailure(chooseFormats(dpo, ["constructor"]))).toBe(true)
  })

  it("is not needed: each kind has its usual ones", () => {
    const names = <Row>(kind: Parameters<typeof chooseFormats<Row>>[0]) =>
      Result.getOrThrow(chooseFormats(kind, [])).map(({ name }) => name)
    expect([names(sft), names(dpo), names(rl)]).toEqual([["alpaca"], ["alpaca"], ["jsonl", "verl"]])
  })
})

import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import type { CurriculumStep } from "../../events/curriculum.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import type { DataOf } from "../../events/registry.ts"
import type { PolicyFolder } from "../../events/training.ts"
import { nth, stored } from "../testing/fixtures.ts"
import { manage } from "../testing/run.ts"
import { curriculum } from "./curriculum.ts"

const policy = (name: string): PolicyFolder => ({ folder: `/policies/${name}`, sha256: name })

const evaluation = (stage: CurriculumStep["stage"]): CurriculumStep => ({
  kind: "evaluation",
  id: `${stage}-evaluation`,
  stage,
  round: 0,
  runId: `c-${stage}-test`,
  set: "test"
})

const round = (stage: "student" | "sft" | "dpo" | "grpo", number: number): ReadonlyArray<CurriculumStep> => {
  const name = `${stage}-${number}`
  const common = { stage, round: number }
  const data = `/out/${name}`
  const dataset = stage === "grpo" ? "rl" : stage
  return [
    { kind: "rollout", id: `${name}-rollout`, ...common, runId: `c-${name}` },
    { kind: "dataset", id: `${name}-dataset`, ...common, runId: `c-${name}`, dataset, location: data },
    {
      kind: "training",
      id: `${name}-training`,
      ...common,
      objective: stage === "student" ? "sft" : stage,
      data,
      output: `/out/${name}/training`,
      policyName: `c-${name}`
    }
  ]
}

const started = (steps: ReadonlyArray<CurriculumStep>): AnyEvent =>
  stored(
    {
      type: "CurriculumStarted",
      subject: "c",
      data: { policy: policy("base"), steps, config: {}, configHash: "h", software: { version: "0", node: "24" } }
    },
    { runid: "c" }
  )

const runCompleted = (runid: string): AnyEvent =>
  stored(
    { type: "RunCompleted", subject: runid, data: { trajectories: 1, branches: 0, failed: 0, parked: 0 } },
    { runid }
  )

const built = (runid: string, kind: string, location: string, rows = 3): AnyEvent => {
  const projection = { name: kind, version: 1 }
  const range = { firstSequence: 1, lastSequence: 2 }
  const data = { kind, format: "jsonl", projection, config: {}, configHash: "h", ...range, rows, files: [], location }
  return stored({ type: "DatasetBuilt", subject: `${runid}/${kind}`, data }, { runid })
}

const published = (name: string): AnyEvent =>
  stored(
    {
      type: "PolicyPublished",
      subject: name,
      data: { trainingId: `t-${name}`, name, policy: policy(name), trainedFrom: policy("base") }
    },
    { runid: "c" }
  )

const requestsOf = (log: ReadonlyArray<AnyEvent>): ReadonlyArray<DataOf<"CurriculumStepRequested">> =>
  log.flatMap((event) => (event.type === "CurriculumStepRequested" ? [event.data] : []))

const steps = [evaluation("base"), ...round("sft", 1), evaluation("sft"), ...round("grpo", 1), ...round("grpo", 2)]

/** All that happens until every step is done, in order. */
const life: ReadonlyArray<AnyEvent> = [
  started(steps),
  runCompleted("c-base-test"),
  runCompleted("c-sft-1"),
  built("c-sft-1", "sft", "/out/sft-1"),
  published("c-sft-1"),
  runCompleted("c-sft-test"),
  runCompleted("c-grpo-1"),
  built("c-grpo-1", "rl", "/out/grpo-1"),
  published("c-grpo-1"),
  runCompleted("c-grpo-2"),
  built("c-grpo-2", "rl", "/out/grpo-2"),
  published("c-grpo-2")
]

/** The life as it unfolds: what happens comes after the request that asks for it. */
const unfolded = (events: ReadonlyArray<AnyEvent>, before: ReadonlyArray<AnyEvent> = []): ReadonlyArray<AnyEvent> =>
  events.reduce((log, event) => manage(curriculum, log.concat(event)).log, before)

describe("a curriculum", () => {
  it("asks for one step after the other, each when the one before is done", () => {
    for (const length of life.keys()) {
      const asked = requestsOf(unfolded(life.slice(0, length + 1))).map(({ step }) => step.id)
      expect(asked).toEqual(steps.slice(0, length + 1).map(({ id }) => id))
    }
  })

  it("is completed after its last step, with the policy of each stage", () => {
    const end = unfolded(life).filter(({ type }) => type === "CurriculumCompleted")
    expect(end).toHaveLength(1)
    expect(nth(end, 0).data).toEqual({
      policies: [
        { stage: "base", policy: policy("base") },
        { stage: "sft", policy: policy("c-sft-1") },
        { stage: "grpo", policy: policy("c-grpo-2") }
      ]
    })
  })

  it("has each step work with what the trainings before it published, and compare with what its stage began with", () => {
    const asked = requestsOf(unfolded(life))
    const inForce = asked.map(({ policy: used, reference }) => [used?.sha256, reference?.sha256])
    expect(inForce).toEqual([
      ["base", "base"],
      ...Array.from({ length: 3 }, () => ["base", "base"]),
      ["c-sft-1", "base"],
      ...Array.from({ length: 3 }, () => ["c-sft-1", "c-sft-1"]),
      ...Array.from({ length: 3 }, () => ["c-grpo-1", "c-sft-1"])
    ])
  })

  it("passes a training over that has nothing to learn from, and keeps its policy", () => {
    const asked = requestsOf(
      unfolded([
        started([...round("sft", 1), evaluation("sft")]),
        runCompleted("c-sft-1"),
        built("c-sft-1", "sft", "/out/sft-1", 0)
      ])
    )
    expect(asked.map(({ step }) => step.id)).toEqual(["sft-1-rollout", "sft-1-dataset", "sft-evaluation"])
    expect(asked.at(-1)?.policy).toEqual(policy("base"))
  })

  it("gives a student to what comes after its training, and never takes it for the policy", () => {
    const asked = requestsOf(
      unfolded([
        started([...round("student", 1), ...round("sft", 1)]),
        runCompleted("c-student-1"),
        built("c-student-1", "student", "/out/student-1"),
        published("c-student-1")
      ])
    )
    expect(asked.map(({ policy: used, student }) => [used?.sha256, student?.sha256])).toEqual([
      ...Array.from({ length: 3 }, () => ["base", undefined]),
      ["base", "c-student-1"]
    ])
  })

  it("leaves alone what is not its own: other runs, other folders, policies of other names, results nobody asked for", () => {
    const begun = unfolded([started(steps), runCompleted("c-base-test")])
    const others = [
      runCompleted("another"),
      built("c-sft-1", "sft", "/elsewhere"),
      built("c-sft-1", "dpo", "/out/sft-1"),
      published("another"),
      published("c-grpo-2")
    ]
    expect(requestsOf(unfolded(others, begun)).map(({ step }) => step.id)).toEqual(["base-evaluation", "sft-1-rollout"])
  })

  it.prop(
    "asks for nothing anew when its log is read again, events twice in it",
    [Schema.Array(Schema.Natural)],
    ([again]) => {
      const log = unfolded(life)
      const repeated = log.flatMap((event, place) => [
        event,
        ...again.filter((n) => n % log.length <= place).map((n) => nth(log, n % log.length))
      ])
      expect(manage(curriculum, repeated).emitted).toEqual([])
    }
  )
})

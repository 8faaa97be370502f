import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseSettings } from "../../config/parse.ts"
import type { RecordedRun } from "./recordedRuns.ts"
import { describeDifferences, differences } from "./shares.ts"
import { type Work, type WorkingActor, workOf } from "./work.ts"

const text = `
run: { name: demo }
questions: [{ dataset: hotpotqa, path: questions.jsonl }]
retrieval: { retriever: { kind: bm25, corpus: corpus.jsonl } }
models:
  policy: { kind: sglang, url: "http://localhost:1", model: qwen }
  judge: { kind: chat, url: "http://localhost:2", model: big }
policy: { model: policy }
judge: { kind: llm, model: judge }
refinement: { refiner: { kind: llm, model: judge } }
`

const settingsWith = (...set: ReadonlyArray<string>) =>
  Result.getOrThrow(parseSettings({ text, file: "c.yaml", folder: "/p", workingFolder: "/p", set }))

const corpus = { name: "bm25", fingerprint: "a".repeat(64) }
const actors: ReadonlyArray<WorkingActor> = [
  "agent-rollout",
  "retrieval",
  "redundancy-checker",
  "reward-judge",
  "student-judge",
  "refiner"
]

const worksWith = (...set: ReadonlyArray<string>): ReadonlyMap<WorkingActor, Work> =>
  new Map(actors.map((actor) => [actor, workOf(actor, settingsWith(...set), corpus)]))

const run: RecordedRun = {
  runId: "demo",
  sequence: 1,
  retriever: corpus,
  settings: settingsWith(),
  ended: false
}

const actorsThatDiffer = (works: ReadonlyMap<WorkingActor, Work>, against: RecordedRun = run) =>
  differences(works, against).map(({ actor }) => actor)

describe("what a host works with", () => {
  it.each<[string, ReadonlyArray<WorkingActor>]>([
    ["models.policy.model=other", ["agent-rollout"]],
    ["models.policy.thinking=off", ["agent-rollout"]],
    ["models.judge.model=other", ["reward-judge", "refiner"]],
    ["judge.attempts=1", ["reward-judge"]],
    ["judge={kind: evidence}", ["reward-judge"]],
    ["judge.prompt=brief", ["reward-judge"]],
    ["refinement.refiner.prompt=brief", ["refiner"]],
    ["studentJudge={model: judge}", ["student-judge"]],
    ["refinement.refiner={kind: offline}", ["refiner"]],
    ["scoring.novelty.maxOverlap=2", ["redundancy-checker"]]
  ])("differs with %s, for %s alone", (change, expected) => {
    assert.deepStrictEqual(actorsThatDiffer(worksWith(change)), expected)
  })

  it.each([
    "models.policy.url=http://elsewhere:1",
    "models.policy.timeout=1 second",
    "models.another={kind: heuristic}",
    "retrieval.topK=3",
    "policy.maxTurns=2",
    "scoring.reward.penalty=0.5",
    "run.samples=9",
    "actors.retrieval.concurrency=1",
    "judge.prompt=full"
  ])("is the same with %s, which events tell or which decides nothing", (change) => {
    assert.deepStrictEqual(actorsThatDiffer(worksWith(change)), [])
  })

  it("differs with the corpus, whatever its file is called", () => {
    const other = { ...run, retriever: { name: "bm25", fingerprint: "b".repeat(64) } }
    assert.deepStrictEqual(actorsThatDiffer(worksWith(), other), ["retrieval"])
  })

  it("is never that of a run whose configuration can't be read", () => {
    assert.deepStrictEqual(actorsThatDiffer(worksWith(), { ...run, settings: undefined }), actors)
  })
})

describe("the line about a run that is left to others", () => {
  it("names the actor and both sides", () => {
    const works = new Map<WorkingActor, Work>([["retrieval", workOf("retrieval", settingsWith(), corpus)]])
    const other = { ...run, retriever: { name: "server", fingerprint: "http://e5:8000" } }
    assert.strictEqual(
      describeDifferences("demo", differences(works, other)),
      'run "demo" is left to hosts with its own configuration by retrieval (retriever bm25 aaaaaaaaaaaa here, retriever server http://e5:8000 there); start this process with that one to take part'
    )
  })

  it("tells models of one name apart", () => {
    const [difference] = differences(worksWith("models.policy.thinking=off"), run)
    assert.match(difference?.here.told ?? "", /^policy policy \(qwen\) \[[0-9a-f]{6}\]$/)
    assert.notStrictEqual(difference?.here.told, difference?.there?.told)
  })
})

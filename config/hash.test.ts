import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { configHash, decisiveTask, publicConfig } from "./hash.ts"
import { parseSettings } from "./parse.ts"

const text = `
run: { name: demo }
questions: [{ dataset: hotpotqa, path: questions.jsonl }]
retrieval: { retriever: { kind: bm25, corpus: corpus.jsonl } }
models:
  heuristic: { kind: heuristic }
  judge: { kind: chat, url: "http://localhost:1", model: m, apiKeyEnv: KEY }
  local: { kind: local, folder: models/policy, sha256: ${"a".repeat(64)} }
policy: { model: local }
judge: { kind: llm, model: judge }
`

const settingsWith = (set: ReadonlyArray<string>, folder = "/project") =>
  Result.getOrThrow(parseSettings({ text, file: "c.yaml", folder, workingFolder: folder, set }))
const hashWith = (...set: ReadonlyArray<string>) => configHash(settingsWith(set))

describe("configHash", () => {
  it.each([
    "run.samples=2",
    "run.seed=1",
    "questions.0.limit=5",
    "questions.0.shuffle=true",
    "retrieval.topK=3",
    "retrieval.retriever.k1=1.2",
    "models.judge.model=other",
    "models.judge.thinking=off",
    "models.local.sha256=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "models.local.weights=int8",
    "policy.maxTurns=5",
    "policy.sampling.temperature=1",
    "policy.system=Be brief.",
    "scoring.novelty.maxOverlap=2",
    "scoring.reward.penalty=0.2",
    "judge.attempts=1",
    "judge={kind: evidence}",
    "judge.prompt=brief",
    "studentJudge={model: judge}",
    "refinement.refiner={kind: llm, model: judge}",
    "refinement.maxDepth=2",
    "refinement.enabled=false"
  ])("changes with %s", (set) => {
    assert.notStrictEqual(hashWith(set), hashWith())
  })

  it.each([
    "run.name=other",
    "questions.0.path=elsewhere.jsonl",
    "retrieval.retriever.corpus=elsewhere.jsonl",
    "models.judge.url=http://localhost:2",
    "models.judge.rateLimit.maxConcurrent=2",
    "models.local.threads=1",
    "models.local.folder=models/elsewhere",
    "models.local.maxBatch=4",
    "models.local.cacheTokens=4096",
    "models.unused={kind: heuristic}",
    "actors.retrieval.concurrency=1",
    "broker={kind: external, url: 'nats://h:4222'}",
    "datasets.dpo.pairing=paper",
    "training={backbone: b}",
    "output.dir=elsewhere"
  ])("stays with %s", (set) => {
    assert.strictEqual(hashWith(set), hashWith())
  })

  it("changes with the folder of a local model whose sha256 is not told", () => {
    const inFolder = (folder: string) => hashWith(`models.local={kind: local, folder: ${folder}}`)
    assert.notStrictEqual(inFolder("a"), inFolder("b"))
  })

  it("changes with how a student judge is asked", () => {
    assert.notStrictEqual(
      hashWith("studentJudge={model: judge, prompt: full}"),
      hashWith("studentJudge={model: judge}")
    )
  })

  it("is what it was before there was a choice of prompts", () => {
    const settings = settingsWith(["refinement.refiner={kind: llm, model: judge}"])
    const { judge, refinement } = settings
    assert(judge.kind === "llm" && refinement.refiner.kind === "llm")
    const { prompt: _, ...earlierJudge } = judge
    const { prompt: __, ...earlierRefiner } = refinement.refiner
    assert.deepStrictEqual([decisiveTask(judge), decisiveTask(refinement.refiner)], [earlierJudge, earlierRefiner])
  })

  it("ignores how a refinement that is off would refine", () => {
    assert.strictEqual(
      hashWith("refinement.enabled=false", "refinement.maxDepth=3"),
      hashWith("refinement.enabled=false")
    )
  })

  it("does not depend on where the file lies or in which order it is written", () => {
    const reordered = text.trim().split("\n").slice(0, 3).reverse().join("\n") + text.slice(text.indexOf("\nmodels"))
    const other = Result.getOrThrow(
      parseSettings({ text: reordered, file: "d.yaml", folder: "/other", workingFolder: "/other", set: [] })
    )
    assert.strictEqual(configHash(other), hashWith())
  })
})

describe("publicConfig", () => {
  it("is JSON that reads as the same settings", () => {
    const settings = settingsWith([])
    const again = parseSettings({
      text: JSON.stringify(publicConfig(settings)),
      file: "log",
      folder: "/nowhere",
      workingFolder: "/nowhere",
      set: []
    })
    assert.deepStrictEqual(Result.getOrThrow(again), settings)
  })

  it("names secrets by their variables", () => {
    assert.include(JSON.stringify(publicConfig(settingsWith([]))), '"apiKeyEnv":"KEY"')
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseSettings } from "../../config/parse.ts"
import { builtInActors, hostableNames } from "./builtInActors.ts"

const text = `
run: { name: demo }
questions: [{ dataset: hotpotqa, path: questions.jsonl }]
retrieval: { retriever: { kind: bm25, corpus: corpus.jsonl } }
models:
  heuristic: { kind: heuristic }
  pupil: { kind: local, folder: models/pupil }
`

const settingsWith = (...set: ReadonlyArray<string>) =>
  Result.getOrThrow(parseSettings({ text, file: "c.yaml", folder: "/p", workingFolder: "/p", set }))

describe("the actors of a configuration", () => {
  it.each([
    { behaviour: "a second judge where one is configured", set: ["studentJudge={model: pupil}"], has: true },
    { behaviour: "no second judge elsewhere", set: [], has: false }
  ])("have $behaviour", ({ has, set }) => {
    const settings = settingsWith(...set)
    const actors = builtInActors(settings).map(({ name }) => name)
    assert.strictEqual(actors.includes("student-judge"), has)
    assert.includeMembers([...hostableNames(settings)], actors)
    assert.strictEqual(hostableNames(settings).includes("student-judge"), has)
  })
})

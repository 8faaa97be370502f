import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { judgePrompt } from "../../config/prompts/judge.ts"
import { briefJudgement, briefJudgePrompt } from "../../method/briefPrompts.ts"
import { GenerationError, LanguageModel } from "../languageModel.ts"
import { nth, ofType } from "../testing/fixtures.ts"
import { passage, play } from "../testing/play.ts"
import { scriptedModel } from "../testing/scriptedModel.ts"
import { type LlmJudgeSettings, llmJudge, student } from "./llmJudge.ts"

const settings: LlmJudgeSettings = {
  model: "judge",
  prompt: "full",
  sampling: { temperature: 0.6, topP: 1, maxNewTokens: 2048 },
  attempts: 3
}
const fullJudge = llmJudge(settings, judgePrompt)
const briefJudge = llmJudge({ ...settings, prompt: "brief" }, judgePrompt)

const { retrieved } = play({
  outputs: ["so</think><search>Musa film</search>"],
  search: () => [passage("d1", "Musa")]
})
const round = nth(retrieved, 0)

const judged = (replies: ReadonlyArray<string>, judge = fullJudge) => {
  const { layer, requests } = scriptedModel(replies)
  return judge.handle(round).pipe(
    Effect.provide(layer),
    Effect.map(([event]) => ({ data: ofType("QueryScored", event).data, requests }))
  )
}

describe("llm judge", () => {
  it.effect("shows the judge the question, the gold answers, the transcript and the query", () =>
    Effect.gen(function* () {
      const { requests } = yield* judged(["<explanation>a</explanation><score>1</score>"])
      const [request] = requests
      assert.deepInclude(request, { model: "judge", system: judgePrompt.system, assistant: "" })
      assert.deepStrictEqual(request?.sampling, { ...settings.sampling, stop: [] })
      for (const part of [round.data.question.question, "Kim Sung-su", round.data.transcript, "Musa film"]) {
        assert.include(request?.user, part)
      }
    })
  )

  it.effect("records the judgement with the whole exchange", () =>
    Effect.gen(function* () {
      const reply = "<explanation>Another film.</explanation><score>0</score>"
      const { data } = yield* judged([reply])
      assert.deepStrictEqual(data.scorer, { name: "usefulness", version: "llm-1" })
      assert.deepStrictEqual(data.result, { kind: "value", score: 0 })
      assert.strictEqual(data.explanation, "Another film.")
      assert.deepInclude(data.evidence.exchange, { reply, attempts: 1, model: "scripted", system: judgePrompt.system })
    })
  )

  it.effect("records as unparsed what no attempt could be read of", () =>
    Effect.gen(function* () {
      const { data } = yield* judged(["hm", "well", "it depends"])
      assert.deepStrictEqual(data.result, { kind: "unparsed" })
      assert.deepInclude(data.evidence.exchange, { reply: "it depends", attempts: 3 })
      assert.include(data.explanation, "3 replies")
    })
  )

  it.effect("fails with its model", () =>
    Effect.gen(function* () {
      const down = new GenerationError({ model: "judge", reason: "unreachable", detail: "no", retryable: true })
      const error = yield* fullJudge
        .handle(round)
        .pipe(Effect.provideService(LanguageModel, { generate: () => Effect.fail(down) }), Effect.flip)
      assert.strictEqual(error, down)
    })
  )
})

describe("llm judge that is asked briefly", () => {
  it.effect("sees question, gold answers and transcript, and is stopped at the end of its score", () =>
    Effect.gen(function* () {
      const { requests } = yield* judged([briefJudgement(1)], briefJudge)
      const { question, transcript } = round.data
      const user = briefJudgePrompt({ ...question, transcript })
      assert.deepInclude(nth(requests, 0), { system: "", user, assistant: "" })
      assert.deepStrictEqual(nth(requests, 0).sampling.stop, ["</score>"])
      assert.isTrue(user.endsWith("</result>"))
    })
  )

  it.effect.each([0, 1] as const)("reads the score %i back, and says so itself", (score) =>
    Effect.gen(function* () {
      const { data } = yield* judged([briefJudgement(score)], briefJudge)
      assert.deepStrictEqual(data.scorer, { name: "usefulness", version: "brief-1" })
      assert.deepStrictEqual(data.result, { kind: "value", score })
      assert.strictEqual(data.explanation, `The student scored it ${score}.`)
    })
  )

  it.effect("records as unparsed what holds no score", () =>
    Effect.gen(function* () {
      const { data } = yield* judged(["<search> Musa </search>", "<score>", "7"], briefJudge)
      assert.deepStrictEqual(data.result, { kind: "unparsed" })
    })
  )
})

describe("a student judge", () => {
  const second = llmJudge({ ...settings, prompt: "brief" }, judgePrompt, student)

  it.effect("scores the same query under a name of its own", () =>
    Effect.gen(function* () {
      assert.strictEqual(second.name, "student-judge")
      const { data } = yield* judged([briefJudgement(0)], second)
      assert.deepInclude(data, { queryId: round.data.queryId, scorer: { name: "student", version: "brief-1" } })
    })
  )
})

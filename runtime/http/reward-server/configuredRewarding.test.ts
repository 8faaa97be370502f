import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type GenerationRequest, LanguageModel } from "../../../actors/languageModel.ts"
import { loadSettings } from "../../../config/load.ts"
import { renderResults } from "../../../method/protocol.ts"
import { configuredRewarding } from "./configuredRewarding.ts"
import { scoreSolution } from "./scoreSolution.ts"

const solution = {
  solution: `<think>t</think><search>q</search>${renderResults(['"A"\ntext'])}<think>t</think><answer>\\boxed{x}</answer>`,
  golden_answers: ["gold"],
  question: "Who?"
}

/** Rewards the solution by a preset, with a model that finds everything useful. */
const rewarded = (config: string, set: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const asked: Array<GenerationRequest> = []
    const generate = (request: GenerationRequest) => {
      asked.push(request)
      const text = "<explanation>yes</explanation><score>1</score>"
      return Effect.succeed({ text, finishReason: "stop", model: "judge", latencyMs: 1 } as const)
    }
    const settings = yield* loadSettings({ config, set, workingFolder: "/" })
    const rewarding = yield* Effect.provideService(configuredRewarding(settings), LanguageModel, { generate })
    const { components, note, reward } = yield* scoreSolution(solution, rewarding, "")
    return { asked, note, reward, right: components.n_correct }
  }).pipe(Effect.provide(NodeServices.layer))

describe("rewards by a configuration", () => {
  it.live("ask its judge model", () =>
    Effect.gen(function* () {
      const { asked, note, reward, right } = yield* rewarded("paper-3b")
      assert.deepStrictEqual([reward, right, note], [0.2, 1, undefined])
      assert.strictEqual(asked.length, 1)
      assert.strictEqual(asked[0]?.model, "teacher")
      assert.include(asked[0]?.user, "Who?")
    })
  )

  it.live("ask it briefly where the configuration says so", () =>
    Effect.gen(function* () {
      const { asked, right } = yield* rewarded("paper-3b", ["judge.prompt=brief"])
      assert.strictEqual(right, 1)
      assert.strictEqual(asked[0]?.system, "")
      assert.match(asked[0]?.user ?? "", /^Who\?\n<answer> gold <\/answer>\n<think>t<\/think>.*<\/result>$/s)
    })
  )

  it.live("follow its rules", () =>
    Effect.gen(function* () {
      const { reward } = yield* rewarded("paper-3b", ["scoring.reward.bonus=0.2", "scoring.reward.format=0"])
      assert.strictEqual(reward, 0.2)
    })
  )

  it.live("have no judge where gold evidence is to decide", () =>
    Effect.gen(function* () {
      const { asked, note, reward } = yield* rewarded("quickstart")
      assert.deepStrictEqual([reward, asked.length], [0.1, 0])
      assert.include(note, "nobody here scores usefulness")
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import type { CurriculumStage } from "../../../events/curriculum.ts"
import { rowsOf } from "../../evaluation/testing/rows.ts"
import { eventsOf, type QuestionStory, type RoundStory } from "../../testing/story.ts"
import { pickQuestion, type StageAnswers } from "./pickQuestion.ts"

const answers = (stage: CurriculumStage, questions: ReadonlyArray<QuestionStory>, set = "true"): StageAnswers => {
  const runId = `${stage}-${set}`
  return { stage, set, runId, rows: rowsOf(eventsOf({ run: runId, questions })) }
}

const right = (id: string, ...rounds: ReadonlyArray<RoundStory>): QuestionStory => ({ id, trajectories: [{ rounds }] })
const wrong = (id: string, ...rounds: ReadonlyArray<RoundStory>): QuestionStory => ({
  id,
  trajectories: [{ answer: "silver", rounds }]
})
const good: RoundStory = {}
const bad: RoundStory = { usefulness: 0 }

const picked = (...stages: ReadonlyArray<StageAnswers>): string | undefined => pickQuestion(stages)?.questionId

describe("the question to follow through the stages", () => {
  it("is one that the base policy got wrong and the last one right", () => {
    const before = answers("base", [right("a", good), wrong("b", good), wrong("c", good)])
    const after = answers("dpo", [right("a", good), wrong("b", good), right("c", good)])
    assert.deepStrictEqual(pickQuestion([before, answers("sft", []), after]), {
      set: "true",
      dataset: "demo",
      questionId: "c",
      asked: [
        { stage: "base", runId: "base-true" },
        { stage: "dpo", runId: "dpo-true" }
      ]
    })
  })

  it("is undefined where no question became right, or only one stage was evaluated", () => {
    assert.isUndefined(picked(answers("base", [wrong("a", good)]), answers("sft", [wrong("a", good)])))
    assert.isUndefined(picked(answers("base", [wrong("a", good)])))
    assert.isUndefined(picked(answers("sft", [wrong("a", good)]), answers("dpo", [right("a", good)])))
    assert.isUndefined(picked())
  })

  it("shows a bad query at first, then good ones only, then many searches, then comes first", () => {
    const base = answers("base", [wrong("a", good), wrong("b", bad), wrong("c", bad), wrong("d", bad), wrong("e", bad)])
    const last = (...questions: ReadonlyArray<QuestionStory>) => picked(base, answers("grpo", questions))
    assert.strictEqual(last(right("a", good, good, good), right("b", good)), "b")
    assert.strictEqual(last(right("b", good, bad, good), right("c", good)), "c")
    assert.strictEqual(last(right("b", good), right("c", good, good), right("d", good)), "c")
    assert.strictEqual(last(right("d", good), right("e", good)), "d")
  })

  it("is of the first set when nothing else decides", () => {
    const stages = ["true", "other"].flatMap((set) => [
      answers("base", [wrong(set === "true" ? "b" : "a", bad)], set),
      answers("sft", [right(set === "true" ? "b" : "a", good)], set)
    ])
    assert.strictEqual(picked(...stages), "b")
  })
})

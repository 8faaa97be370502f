import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseSettings } from "../../../config/parse.ts"
import type { CurriculumStep } from "../../../events/curriculum.ts"
import { curriculumSteps } from "./curriculumSteps.ts"

const text = `
run: { name: demo }
questions: [{ dataset: one, path: one.jsonl }]
retrieval: { retriever: { kind: bm25, corpus: corpus.jsonl } }
curriculum:
  evaluation:
    - { dataset: held-out, path: held-out.jsonl }
    - { dataset: elsewhere, path: elsewhere.jsonl }
`

interface Asked {
  readonly set?: ReadonlyArray<string>
  readonly trained?: boolean
}

const stepsOf = ({ set = [], trained = true }: Asked = {}): ReadonlyArray<CurriculumStep> => {
  const settings = Result.getOrThrow(parseSettings({ text, file: "c.yaml", folder: "/p", workingFolder: "/p", set }))
  return curriculumSteps({ settings, folder: "/out/demo", trained })
}

const idsOf = (asked?: Asked): ReadonlyArray<string> => stepsOf(asked).map(({ id }) => id)

const withoutEvaluation = "curriculum.evaluation=[]"

const evaluated = (stage: string) => [`${stage}-evaluation-held-out`, `${stage}-evaluation-elsewhere`]
const learnt = (place: string) => [`${place}-rollout`, `${place}-dataset`, `${place}-training`]

describe("the steps of a curriculum", () => {
  it.each<[behaviour: string, asked: Asked, ids: ReadonlyArray<string>]>([
    [
      "evaluate before any stage and after each",
      {},
      [
        ...evaluated("base"),
        ...(["sft", "dpo", "grpo"] as const).flatMap((stage) => [...learnt(stage), ...evaluated(stage)])
      ]
    ],
    [
      "repeat the last stage round by round, and evaluate after the last one",
      { set: ["curriculum.grpo.rounds=2", withoutEvaluation] },
      [...learnt("sft"), ...learnt("dpo"), ...learnt("grpo-1"), ...learnt("grpo-2")]
    ],
    [
      "are those of the stages that are wanted, in the method's order however they are named",
      { set: ["curriculum.stages=[grpo, sft]", withoutEvaluation] },
      [...learnt("sft"), ...learnt("grpo")]
    ],
    [
      "end with the data of each stage, and of one round, where nothing is trained here",
      { trained: false, set: ["curriculum.grpo.rounds=3", "curriculum.judge=student"] },
      [
        ...evaluated("base"),
        ...["sft-rollout", "sft-dataset", "dpo-rollout", "dpo-dataset", "grpo-1-rollout", "grpo-1-dataset"]
      ]
    ],
    [
      "teach a student before the stages that it judges, and compare it with its teachers",
      { set: ["curriculum.judge=student", "curriculum.stages=[dpo]"] },
      [...evaluated("base"), ...learnt("student"), "student-agreement", ...learnt("dpo"), ...evaluated("dpo")]
    ],
    [
      "compare a student with nobody where there are no held-out questions",
      { set: ["curriculum.judge=student", "curriculum.stages=[dpo]", withoutEvaluation] },
      [...learnt("student"), ...learnt("dpo")]
    ]
  ])("%s", (_, asked, ids) => {
    assert.deepStrictEqual(idsOf(asked), ids)
  })

  it("have each an id, a run and a folder of their own, under the name of the curriculum", () => {
    const steps = stepsOf({ set: ["curriculum.grpo.rounds=3", "curriculum.judge=student"] })
    const runs = steps.flatMap((step) => ("runId" in step && step.kind !== "dataset" ? [step.runId] : []))
    const folders = steps.flatMap((step) => (step.kind === "training" ? [step.data, step.output] : []))
    const policies = steps.flatMap((step) => (step.kind === "training" ? [step.policyName] : []))
    for (const names of [steps.map(({ id }) => id), runs, folders, policies]) {
      assert.strictEqual(new Set(names).size, names.length)
    }
    for (const name of [...runs, ...policies]) assert.isTrue(name.startsWith("demo-"), name)
    for (const folder of folders) assert.isTrue(folder.startsWith("/out/demo/"), folder)
  })

  it("fold what was sampled into the dataset of the stage, and train on that", () => {
    const round = stepsOf({ set: ["curriculum.grpo.rounds=2"] }).filter(({ id }) => id.startsWith("grpo-2-"))
    assert.deepStrictEqual(round, [
      { kind: "rollout", id: "grpo-2-rollout", stage: "grpo", round: 2, runId: "demo-grpo-2" },
      {
        ...{ kind: "dataset", id: "grpo-2-dataset", stage: "grpo", round: 2 },
        ...{ runId: "demo-grpo-2", dataset: "rl", location: "/out/demo/grpo-2/data" }
      },
      {
        ...{ kind: "training", id: "grpo-2-training", stage: "grpo", round: 2, objective: "grpo" },
        ...{ data: "/out/demo/grpo-2/data", output: "/out/demo/grpo-2/training", policyName: "demo-grpo-2" }
      }
    ])
    const datasets = stepsOf({ set: ["curriculum.judge=student"] }).flatMap((step) =>
      step.kind === "dataset" ? [[step.stage, step.dataset]] : []
    )
    assert.deepStrictEqual(datasets, [
      ["student", "student"],
      ["sft", "sft"],
      ["dpo", "dpo"],
      ["grpo", "rl"]
    ])
  })
})

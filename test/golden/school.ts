import { Effect } from "effect"
import { curriculum } from "../../actors/curriculum/curriculum.ts"
import type { LanguageModel } from "../../actors/languageModel.ts"
import { llmJudge, student } from "../../actors/reward-judge/llmJudge.ts"
import { trainingRequest } from "../../actors/trainer/testing/request.ts"
import { judgePrompt } from "../../config/prompts/judge.ts"
import type { CurriculumStage, CurriculumStep } from "../../events/curriculum.ts"
import type { DataOf } from "../../events/registry.ts"
import { byCommand, combine, datasetBuilt, requested, type StoryRun, started, trainingAsked } from "./commands.ts"
import { actor, type Draft, inRuns, manager, type Reaction } from "./simulate.ts"

/**
 * The curriculum of the story. A student learns to judge, is compared with its teacher, and judges what the policy imitates.
 * What the policy then does is right each time, so nothing is left to prefer, and the last training is passed over.
 */

const name = "school"
const folder = `/srv/out/${name}`

const evaluation = (stage: CurriculumStage): CurriculumStep => ({
  kind: "evaluation",
  id: `${stage}-evaluation-held-out`,
  stage,
  round: 0,
  runId: `${name}-${stage}-held-out`,
  set: "held-out"
})

const learning = (stage: "student" | "sft" | "dpo"): ReadonlyArray<CurriculumStep> => {
  const [runId, data] = [`${name}-${stage}`, `${folder}/${stage}/data`]
  const common = { stage, round: 1 } as const
  return [
    { kind: "rollout", id: `${stage}-rollout`, ...common, runId },
    { kind: "dataset", id: `${stage}-dataset`, ...common, runId, dataset: stage, location: data },
    {
      kind: "training",
      id: `${stage}-training`,
      ...common,
      objective: stage === "student" ? "sft" : stage,
      data,
      output: `${folder}/${stage}/training`,
      policyName: runId
    }
  ]
}

const agreement: CurriculumStep = {
  kind: "agreement",
  id: "student-agreement",
  stage: "student",
  round: 1,
  runId: `${name}-student-agreement`
}

const steps = [
  evaluation("base"),
  ...learning("student"),
  agreement,
  ...learning("sft"),
  evaluation("sft"),
  ...learning("dpo"),
  evaluation("dpo")
]

/** What begins it. */
export const schooling = byCommand("curriculum", name, `curriculum:${name}`, {
  type: "CurriculumStarted",
  subject: name,
  data: {
    policy: { folder: "/srv/models/base", sha256: "5b9a3c1f".repeat(8) },
    steps,
    config: { run: { name, seed: 42 }, curriculum: { judge: "student", stages: ["sft", "dpo"] } },
    configHash: "2b3c4d5e".repeat(8),
    software: { version: "0.1.0", node: "v24.21.0" }
  }
})

/** The seeds that decide what the policy of the story does: wrong at first, refined for the student, and right from then on. */
const seeds: Readonly<Record<string, number>> = {
  "base-evaluation-held-out": 43,
  "student-rollout": 42,
  "student-agreement": 42
}
const right = 44

/** Rows of the datasets. */
const rows: Readonly<Record<string, number>> = { student: 4, sft: 1, dpo: 0 }

type RunStep = Extract<CurriculumStep, { readonly kind: "evaluation" | "rollout" | "agreement" }>

const runOf = ({ id, kind, runId, stage }: RunStep): StoryRun => ({
  id: runId,
  seeds: [seeds[id] ?? right],
  temperature: kind === "evaluation" ? 0 : 1,
  refined: kind === "rollout" && stage !== "sft",
  combine: kind === "agreement" ? `(${combine}) and (student or not student)` : combine
})

/** What the command that performs a curriculum stores for a step. */
const performed = ({ step, policy, reference }: DataOf<"CurriculumStepRequested">, head: number) => {
  switch (step.kind) {
    case "dataset":
      return [
        datasetBuilt(step.runId, head, {
          kind: step.dataset,
          format: "jsonl",
          config: { combine, f1: { threshold: 0.8 } },
          rows: rows[step.dataset] ?? 0,
          files: [
            { name: `${step.dataset}.jsonl`, sha256: "f3a4b5c6".repeat(8), bytes: 900 * (rows[step.dataset] ?? 0) }
          ],
          location: step.location
        })
      ]
    case "training":
      return [
        trainingAsked(
          name,
          trainingRequest(step.output, {
            trainingId: `${step.objective}-${step.stage}`,
            ...(policy === undefined ? {} : { base: policy }),
            ...(step.objective === "sft" || reference === undefined ? {} : { reference }),
            dataset: {
              file: `${step.data}/${step.stage}.jsonl`,
              format: "jsonl",
              sha256: "f3a4b5c6".repeat(8),
              rows: rows[step.stage] ?? 0
            },
            name: step.policyName
          })
        )
      ]
    default: {
      const run = runOf(step)
      return [started(run), ...requested(run)]
    }
  }
}

const performer: Reaction<never> = (event, sequence) =>
  Effect.succeed<ReadonlyArray<Draft>>(event.type === "CurriculumStepRequested" ? performed(event.data, sequence) : [])

const asked = {
  model: "student",
  prompt: "brief",
  sampling: { temperature: 0, topP: 1, maxNewTokens: 48 },
  attempts: 1
} as const

/** Whether the student judges a run. */
export const isJudgedByStudent = (runId: string): boolean => [`${name}-sft`, `${name}-dpo`].includes(runId)

/** Who acts in the curriculum beside the actors of every run. */
export const school = (): ReadonlyArray<Reaction<LanguageModel>> => [
  manager(curriculum),
  performer,
  inRuns(isJudgedByStudent, actor(llmJudge(asked, judgePrompt))),
  inRuns((runId) => runId === agreement.runId, actor(llmJudge(asked, judgePrompt, student)))
]

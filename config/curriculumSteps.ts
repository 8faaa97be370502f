import { type CurriculumSettings, defaultCurriculum, mostRounds, type StageName } from "./curriculum.ts"
import type { Settings } from "./settings.ts"

/** The stages that sample: those of the policy, and before them that of a student judge. */
export type SamplingStage = StageName | "student"

/** The curriculum's settings, all defaults where the configuration has none. */
export const curriculumOf = ({ curriculum }: Settings): CurriculumSettings => curriculum ?? defaultCurriculum

/** How often a stage samples and trains. */
export const roundsOf = (settings: Settings, stage: StageName): number =>
  stage === "grpo" ? curriculumOf(settings).grpo.rounds : 1

/** Seed of what a round draws: of its questions, and of its tokens. */
const seedOf = (settings: Settings, stage: SamplingStage, round: number): number =>
  settings.run.seed + (["sft", "dpo", "grpo", "student"].indexOf(stage) * mostRounds + round) * seedStride

/** More than a question has samples: the seeds of two rounds' samples are all different. */
const seedStride = 7919

/**
 * The configuration of the run that samples what a round learns from: the whole configuration, with what the stage says of
 * questions, samples, scores and refinement in the place of its own.
 */
export const rolloutSettings = (settings: Settings, stage: SamplingStage, round: number, runId: string): Settings => {
  const { questions, samples, temperature, topP } = curriculumOf(settings)[stage]
  const sampled: Settings = {
    ...settings,
    run: { name: runId, samples, seed: seedOf(settings, stage, round) },
    questions: settings.questions.map((source) =>
      questions === undefined
        ? source
        : { ...source, shuffle: true, limit: Math.ceil(questions / settings.questions.length) }
    ),
    policy: { ...settings.policy, sampling: { ...settings.policy.sampling, temperature, topP } }
  }
  return asStage[stage](sampled)
}

/** Counts every query as one of low quality. */
const noQueryCounts = "not novelty and novelty"

const withoutRefinement = (settings: Settings): Settings => ({
  ...settings,
  refinement: { ...settings.refinement, enabled: false }
})

/** What each stage asks of its rollouts and makes of them. */
const asStage: Readonly<Record<SamplingStage, (settings: Settings) => Settings>> = {
  student: (settings) => {
    const { datasets } = settings
    return {
      ...settings,
      datasets: { ...datasets, student: { ...datasets.student, prompt: "brief", formats: ["jsonl"] } }
    }
  },
  sft: (settings) => {
    const { processReward } = curriculumOf(settings).sft
    const { datasets } = settings
    const sft = { ...datasets.sft, highQualityOnly: datasets.sft.highQualityOnly && processReward }
    return withoutRefinement({ ...settings, datasets: { ...datasets, sft } })
  },
  dpo: (settings) => {
    const { processReward, refinement } = curriculumOf(settings).dpo
    const { datasets, scoring } = settings
    const pairing = refinement ? (processReward ? datasets.dpo.pairing : "reference") : "samples"
    const staged: Settings = {
      ...settings,
      datasets: { ...datasets, dpo: { ...datasets.dpo, pairing } },
      scoring: processReward ? scoring : { ...scoring, combine: noQueryCounts }
    }
    return refinement ? staged : withoutRefinement(staged)
  },
  grpo: (settings) => {
    const { processReward, refinement } = curriculumOf(settings).grpo
    const { scoring } = settings
    const reward = { ...scoring.reward, penalty: 0, floor: 1, bonus: 0, ceiling: 0 }
    const staged = processReward ? settings : { ...settings, scoring: { ...scoring, reward } }
    return refinement ? staged : withoutRefinement(staged)
  }
}

/** The configuration of a run that evaluates: greedily, once, without branches, on one of the held-out sets. */
export const evaluationSettings = (settings: Settings, set: string, runId: string): Settings => {
  const { retriever } = settings.retrieval
  const found = curriculumOf(settings).evaluation.find(({ dataset }) => dataset === set)
  if (found === undefined) return settings
  const { corpus, ...source } = found
  return withoutRefinement({
    ...settings,
    run: { ...settings.run, name: runId, samples: 1 },
    questions: [source],
    retrieval: {
      ...settings.retrieval,
      retriever: retriever.kind === "bm25" && corpus !== undefined ? { ...retriever, corpus } : retriever
    },
    policy: { ...settings.policy, sampling: { ...settings.policy.sampling, temperature: 0, topP: 1 } }
  })
}

/** Name of the student in the configurations of the runs that it judges. */
const studentModel = "student"

/** How a student is asked: it replies with a score, or a query, and nothing else. */
const asked = {
  model: studentModel,
  prompt: "brief",
  sampling: { temperature: 0, topP: 1, maxNewTokens: 48 },
  attempts: 1
} as const

type Folder = { readonly folder: string; readonly sha256: string }

const knowing = (settings: Settings, { folder, sha256 }: Folder): Settings => {
  const { policy, models } = settings
  const like = models[policy.model]
  const student = like?.kind === "local" ? { ...like, folder, sha256, logProbs: false } : undefined
  return student === undefined ? settings : { ...settings, models: { ...models, [studentModel]: student } }
}

/** The same configuration with a student, a model of this process like the policy, as judge and refiner. */
export const judgedByStudent = (settings: Settings, student: Folder): Settings => ({
  ...knowing(settings, student),
  judge: { kind: "llm", ...asked },
  refinement: { ...settings.refinement, refiner: { kind: "llm", ...asked } }
})

/**
 * The configuration of a run in which teacher and student judge the same queries: sampled from the questions of the first held-out
 * set, without branches. The student's score must be there, and decides nothing.
 */
export const agreementSettings = (settings: Settings, student: Folder, runId: string): Settings => {
  const [first] = curriculumOf(settings).evaluation
  const held = first === undefined ? settings : evaluationSettings(settings, first.dataset, runId)
  const { temperature, topP } = curriculumOf(settings).student
  return {
    ...knowing(held, student),
    run: { ...settings.run, name: runId, samples: 1 },
    policy: { ...held.policy, sampling: { ...held.policy.sampling, temperature, topP } },
    studentJudge: asked,
    scoring: { ...held.scoring, combine: `(${held.scoring.combine}) and (student or not student)` }
  }
}

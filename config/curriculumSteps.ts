import { type CurriculumSettings, defaultCurriculum, type StageName } from "./curriculum.ts"
import type { Settings } from "./settings.ts"

/** The curriculum's settings, all defaults where the configuration has none. */
export const curriculumOf = ({ curriculum }: Settings): CurriculumSettings => curriculum ?? defaultCurriculum

/** How often a stage samples and trains. */
export const roundsOf = (settings: Settings, stage: StageName): number =>
  stage === "grpo" ? curriculumOf(settings).grpo.rounds : 1

/** Rounds that a stage may have before its draws would be those of another stage. */
const mostRounds = 1000

/** Seed of what a round draws: of its questions, and of its tokens. */
const seedOf = (settings: Settings, stage: StageName, round: number): number =>
  settings.run.seed + (["sft", "dpo", "grpo"].indexOf(stage) * mostRounds + round) * seedStride

/** More than a question has samples: the seeds of two rounds' samples are all different. */
const seedStride = 7919

/**
 * The configuration of the run that samples what a round learns from: the whole configuration, with what the stage says of
 * questions, samples, scores and refinement in the place of its own.
 */
export const rolloutSettings = (settings: Settings, stage: StageName, round: number, runId: string): Settings => {
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
const asStage: Readonly<Record<StageName, (settings: Settings) => Settings>> = {
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

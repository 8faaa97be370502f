import { Option, Schema } from "effect"
import type { StageName } from "../../../config/curriculum.ts"
import { curriculumOf, rolloutSettings, roundsOf } from "../../../config/curriculumSteps.ts"
import { Settings } from "../../../config/settings.ts"
import type { DataOf } from "../../../events/registry.ts"
import type { CurriculumPlanned, StagePlan } from "../../../projections/curriculum/report/plan.ts"

const decode = Schema.decodeUnknownOption(Settings)

/**
 * What a curriculum was asked for with, from the configuration that its first event keeps; undefined when another release wrote
 * one that this one can't read. Pure.
 */
export const plannedCurriculum = ({
  config,
  steps
}: Pick<DataOf<"CurriculumStarted">, "config" | "steps">): CurriculumPlanned | undefined => {
  const settings = Option.getOrUndefined(decode(config))
  if (settings === undefined) return undefined
  const { judge, refinement, retrieval, run } = settings
  return {
    seed: run.seed,
    retriever: retrieval.retriever.kind,
    topK: retrieval.topK,
    judge: inWords(judge),
    refiner: inWords(refinement.refiner),
    stages: curriculumOf(settings)
      .stages.filter((name) => steps.some(({ stage }) => stage === name))
      .map((name) => stagePlan(settings, name))
  }
}

/** A judge or a refiner, with its model where it asks one. */
const inWords = (chosen: { readonly kind: string; readonly model?: string }): string =>
  chosen.model === undefined ? chosen.kind : `${chosen.kind} (${chosen.model})`

const stagePlan = (settings: Settings, stage: StageName): StagePlan => {
  const own = curriculumOf(settings)[stage]
  const { datasets } = rolloutSettings(settings, stage, 1, settings.run.name)
  return {
    stage,
    rounds: roundsOf(settings, stage),
    ...(own.questions === undefined ? {} : { questions: own.questions }),
    samples: own.samples,
    temperature: own.temperature,
    processReward: own.processReward,
    ...("refinement" in own ? { refinement: own.refinement } : {}),
    ...(stage === "dpo" ? { pairing: datasets.dpo.pairing } : {}),
    ...(stage === "grpo" ? { groupSize: datasets.rl.groupSize } : {})
  }
}

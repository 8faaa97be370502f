import type { Settings } from "../../../../config/settings.ts"
import { count } from "../../../../projections/evaluation/format.ts"
import { stagePlace } from "./request.ts"
import type { PreparedStage } from "./stage.ts"
import { countsResults } from "./training.ts"

/** What a person has to know about a stage before it is trained, a sentence each. */
export const stageRemarks = (prepared: PreparedStage, settings: Settings): ReadonlyArray<string> => {
  const { stage } = prepared
  return [noRows(prepared), unmasked(prepared, settings), fewQuestions(prepared)].flatMap((remark) =>
    remark === undefined ? [] : [`${stagePlace(stage)}: ${remark}`]
  )
}

const missing = {
  sft: "no trajectory was right with every query of high quality: there is nothing to imitate",
  dpo: "no trajectory was better than another one of its question: there is nothing to prefer",
  grpo: "no trajectory has queries of known quality: there is no question left"
} as const

const noRows = ({ rows, stage, step }: PreparedStage): string | undefined =>
  rows > 0
    ? undefined
    : `${missing[stage]}. So it has no files: a stage after it starts from what the one before it ends with. \`smartsearch datasets explain ID\` tells of a trajectory of run ${step.runId} why it was left out; more questions or samples (curriculum.${stage}) may help.`

const unmasked = ({ prepared, stage }: PreparedStage, settings: Settings): string | undefined =>
  prepared === undefined || !countsResults(stage, settings)
    ? undefined
    : `training.${stage}.maskResults is true, but LLaMA-Factory counts every token of a preference for the loss. The files are written with maskResults=false: the tokens of <result>…</result> count.`

const fewQuestions = ({ prepared, rows, training: { objective } }: PreparedStage): string | undefined => {
  const batch = objective.kind === "grpo" ? objective.rollouts?.questions : undefined
  return prepared === undefined || batch === undefined || rows >= batch
    ? undefined
    : `verl takes ${count(batch)} questions a batch and here are ${count(rows)}: it will not begin. Sample more (curriculum.grpo.questions), or take smaller batches (training.grpo.batchSize, or \`sh train.sh data.train_batch_size=N actor_rollout_ref.actor.ppo_mini_batch_size=M\`).`
}

import { existsSync } from "node:fs"
import { type Batches, divideIntoBatches } from "../../../actors/trainer/batching/batches.ts"
import type { ExampleByObjective, ObjectiveKind } from "../../../actors/trainer/examples.ts"
import { stepScalars } from "../../../actors/trainer/optimizer/adamW.ts"
import { learningRate } from "../../../actors/trainer/optimizer/schedule.ts"
import type { Checkpoint, LegOutcome, StepReport } from "../../../actors/trainer/trainingEngine.ts"
import type { PolicyFolder, TrainingRequest } from "../../../events/training.ts"
import { digestFolder } from "../../files/folderDigest.ts"
import type { LoraConfig } from "../../models/qwen2/adapter.ts"
import { sizeOf } from "../../models/qwen2/config.ts"
import { type Model, modelDigest, openModel } from "../../models/qwen2/modelFolder.ts"
import { openTokenizer } from "../../models/qwen2/tokenizer.ts"
import type { Executor } from "../../tensors/program.ts"
import { saveCheckpoint, savePolicy } from "./checkpoints.ts"
import { frozenShapes, type TrainedPolicy, trainedShapes } from "./policy.ts"
import type { Objective } from "./programs.ts"
import { sequenceLogProbs } from "./referenceLogProbs.ts"
import { type LearningItem, learningItems } from "./sequences.ts"
import { type Compared, inputsOf, reported } from "./stepData.ts"
import { stepper } from "./stepper.ts"
import { freshState, restoreState } from "./trainedState.ts"

/**
 * Distinct shapes that batches are padded to: each is compiled, which takes about a second, and keeps memory of its own. Of the many
 * short trainings on rollouts, one shall find what the one before compiled, so theirs are fewer and rounder.
 */
const shapesOf = (objective: ObjectiveKind) =>
  objective === "grpo" ? { count: 2, multiple: 64 } : { count: 4, multiple: 16 }

export interface TrainingData {
  readonly request: TrainingRequest
  readonly examples: ReadonlyArray<ExampleByObjective[ObjectiveKind]>
}

/** Thrown when a training cannot begin or go on, with the reason in one line. */
export class ImpossibleTraining extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = "ImpossibleTraining"
  }
}

/** A training in memory: it stands after some step and goes on from there. */
export interface LocalTraining {
  readonly overview: LegOutcome["overview"]
  /** Steps it has made; undefined while one is half made. */
  readonly step: () => number | undefined
  /**
   * Goes back, or on, to a checkpoint.
   *
   * @throws {ImpossibleTraining} When its folder is not what it was.
   */
  readonly restore: (checkpoint: Checkpoint) => Promise<void>
  /** Trains to the next checkpoint or to the end. */
  readonly leg: (report: (step: StepReport) => void) => Promise<Omit<LegOutcome, "overview">>
  /** Gives back the memory of what computes; the training can't be gone on with then. */
  readonly release: () => Promise<void>
}

/**
 * Reads policy and tokenizer and makes everything ready for the first step on an executor, which other trainings may use after it.
 *
 * @throws {ImpossibleTraining} When the examples leave nothing to learn; other errors say what is wrong with the folders.
 */
export const openTraining = async ({ examples, request }: TrainingData, executor: Executor): Promise<LocalTraining> => {
  const { settings } = request
  const model = openModel(request.base.folder)
  await checkUnchanged(request.base)
  const items = learningItems(await openTokenizer(request.base.folder), examples)
  const groupSize = Math.max(1, ...items.map(({ sequences }) => sequences.length))
  const division = divisionOf(request, groupSize)
  const batches = batchesOf(request, items, division)
  const steps = Math.min(
    Math.ceil(settings.epochs * batches.stepsPerEpoch),
    settings.maxSteps ?? Number.POSITIVE_INFINITY
  )
  const policy: TrainedPolicy = { config: model.config, lora: settings.lora as LoraConfig | undefined }
  const compared = await comparedPolicies(executor, model, request, batches)
  const state = executor.state(freshState(model, policy, settings.seed))
  const objective = objectiveOf(request)
  const updates = stepper({ executor, state, policy, objective, settings, accumulation: division.accumulation })
  const schedule = { kind: settings.schedule, peak: settings.learningRate, warmupRatio: settings.warmupRatio, steps }
  let done: number | undefined = 0

  const trainStep = async (step: number): Promise<StepReport> => {
    const began = performance.now()
    const rate = learningRate(schedule, step)
    const data = batches.step(step)
    const scalars = stepScalars({ ...settings.adam, weightDecay: settings.weightDecay }, step, rate)
    const result = await updates.take(inputsOf(objective.kind, data, items, compared), scalars)
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) {
      throw new ImpossibleTraining(
        `the loss is no number any more in step ${step}; train with a lower learning rate than ${settings.learningRate}, or more warm-up`
      )
    }
    return {
      step,
      of: steps,
      epoch: data.epoch,
      ...reported(objective.kind, result, data, items),
      learningRate: rate,
      tokens: data.tokens,
      tokensPerSecond: data.tokens / ((performance.now() - began) / 1000)
    }
  }

  return {
    overview: {
      executor: executor.description,
      parameters: parameterCounts(policy),
      examples: items.length - batches.leftOut.length,
      steps
    },
    step: () => done,
    restore: async ({ folder, sha256, step }) => {
      const found = existsSync(folder) ? await digestFolder(folder) : undefined
      if (found?.sha256 !== sha256) {
        throw new ImpossibleTraining(
          `the checkpoint ${folder} ${found === undefined ? "is gone" : "was changed"}; put it back, or train into another folder`
        )
      }
      done = undefined
      restoreState(folder, policy, state)
      done = step
    },
    leg: async (report) => {
      const first = done ?? 0
      const last = Math.min(steps, (Math.floor(first / settings.checkpointEvery) + 1) * settings.checkpointEvery)
      const reports: Array<StepReport> = []
      for (let step = first + 1; step <= last; step++) {
        done = undefined
        const taken = await trainStep(step)
        reports.push(taken)
        report(taken)
        done = step
      }
      const end =
        last < steps ? saveCheckpoint(request, policy, state, last) : savePolicy(request, model, policy, state)
      return { steps: reports, end: await end }
    },
    release: async () => {
      await updates.release()
      state.release()
    }
  }
}

/** Other weights would make it another training. */
const checkUnchanged = async ({ folder, sha256 }: PolicyFolder): Promise<void> => {
  if ((await modelDigest(folder)) === sha256) return
  throw new ImpossibleTraining(
    `the policy in ${folder} has changed since the training was requested; put the old one back, or train into another folder`
  )
}

/** Items of a forward pass, and passes of an update. */
interface Division {
  readonly batchSize: number
  readonly accumulation: number
}

/**
 * Requests count rollouts. A pass has whole groups of them, one at least: apart, their advantages would not cancel out. An
 * update has as many rollouts as requested, as nearly as whole passes can.
 */
export const divisionOf = (
  { objective, settings }: Pick<TrainingRequest, "objective" | "settings">,
  groupSize: number
): Division => {
  const { batchSize, gradientAccumulation } = settings
  if (objective.kind !== "grpo") return { batchSize, accumulation: gradientAccumulation }
  const groups = Math.max(1, Math.round(batchSize / groupSize))
  const passes = (batchSize * gradientAccumulation) / (groups * groupSize)
  return { batchSize: groups, accumulation: Math.max(1, Math.round(passes)) }
}

const batchesOf = (
  { objective, settings }: TrainingRequest,
  items: ReadonlyArray<LearningItem>,
  { accumulation, batchSize }: Division
): Batches => {
  const batches = divideIntoBatches(
    items.map(({ sequences }) => sequences),
    {
      batchSize,
      accumulation,
      cutoffLength: settings.cutoffLength,
      seed: settings.seed,
      shapes: shapesOf(objective.kind)
    }
  )
  if (batches.stepsPerEpoch > 0) return batches
  throw new ImpossibleTraining(
    `none of the ${items.length} examples has anything to learn within its first ${settings.cutoffLength} tokens; raise cutoffLength`
  )
}

/** The frozen policies' log-probabilities, where the objective compares with any: read once, in a pass over the data. */
const comparedPolicies = async (
  executor: Executor,
  base: Model,
  { objective, reference }: TrainingRequest,
  batches: Batches
): Promise<Compared | undefined> => {
  if (objective.kind === "sft") return undefined
  const frozen = reference === undefined || reference.folder === base.folder ? base : openModel(reference.folder)
  if (reference !== undefined) await checkUnchanged(reference)
  const ofReference = await sequenceLogProbs(executor, frozen, batches)
  if (objective.kind === "dpo" || frozen === base) return { reference: ofReference, old: ofReference }
  return { reference: ofReference, old: await sequenceLogProbs(executor, base, batches) }
}

const objectiveOf = ({ objective }: TrainingRequest): Objective => {
  switch (objective.kind) {
    case "sft":
      return { kind: "sft" }
    case "dpo":
      return { kind: "dpo", beta: objective.beta }
    case "grpo": {
      const { clipRatio, klCoefficient } = objective
      return { kind: "grpo", clip: { low: clipRatio, high: clipRatio }, klCoefficient }
    }
  }
}

const parameterCounts = (policy: TrainedPolicy) => {
  const count = (shapes: Readonly<Record<string, ReadonlyArray<number>>>) =>
    Object.values(shapes).reduce((sum, shape) => sum + sizeOf(shape), 0)
  const trainable = count(trainedShapes(policy))
  return { total: trainable + count(frozenShapes(policy)), trainable }
}

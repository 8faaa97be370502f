import { Effect } from "effect"
import { shuffled } from "../../../../actors/trainer/batching/random.ts"
import type { RolloutGroup } from "../../../../actors/trainer/examples.ts"
import type { StepReport } from "../../../../actors/trainer/trainingEngine.ts"
import type { TrainingSettings } from "../../../../events/training.ts"
import type { GenerationEngine } from "../../../models/onnx/generationEngine.ts"
import { accuracy, preferred, rollOut } from "./answers.ts"
import { learn } from "./learn.ts"
import { distanceOf, marginsOf, mean } from "./logRatios.ts"
import { demonstrations, heldOutQuestions, trainQuestions } from "./manyQuestions.ts"

/** A stage of learning in rounds, and where it starts. */
export interface Stage {
  /** Answers with whatever policy it is told to. */
  readonly engine: GenerationEngine
  /** Where the policies are written; no other stage writes there. */
  readonly folder: string
  /** The policy that the stage starts from; it is the reference of DPO and GRPO, too. */
  readonly from: string
  readonly rounds: number
  /** Of the order of the examples and of what is sampled. */
  readonly seed: number
}

/** A policy, and the steps that led to it. */
interface Learnt {
  readonly policy: string
  readonly steps: number
}

/** What a policy of supervised fine-tuning knows. */
export interface Imitation extends Learnt {
  /** Part of the questions that it answers rightly, greedily. */
  readonly trainAccuracy: number
  readonly heldOutAccuracy: number
}

const imitating: Partial<TrainingSettings> = { maxSteps: 30, batchSize: 16, learningRate: 3e-3 }

/** Supervised fine-tuning on the demonstrations: every step, and what is known at first and after every round. */
export const imitate = Effect.fnUntraced(function* ({ engine, folder, from, rounds, seed }: Stage) {
  const someTrained = trainQuestions.slice(0, heldOutQuestions.length)
  const measure = Effect.fnUntraced(function* (learnt: Learnt) {
    yield* engine.updateWeights(learnt.policy)
    const trainAccuracy = yield* accuracy(engine, someTrained)
    const heldOutAccuracy = yield* accuracy(engine, heldOutQuestions)
    return { ...learnt, trainAccuracy, heldOutAccuracy } satisfies Imitation
  })
  let last: Imitation = yield* measure({ policy: from, steps: 0 })
  const measured = [last]
  const reports: Array<StepReport> = []
  for (let round = 1; round <= rounds; round++) {
    const { policy, steps } = yield* learn({
      name: `round-${round}`,
      folder,
      from: last.policy,
      objective: { kind: "sft" },
      examples: demonstrations,
      settings: { ...imitating, seed: seedOf(seed, round) }
    })
    reports.push(...steps)
    last = yield* measure({ policy, steps: reports.length })
    measured.push(last)
  }
  return { reports, measured }
})

/** The first policy that answers two thirds of the trained questions rightly: from its own answers there is much to learn. */
export const halfTrained = (measured: ReadonlyArray<Imitation>): string => {
  const found = measured.find(({ trainAccuracy }) => trainAccuracy >= 2 / 3)
  if (found === undefined) throw new Error("no policy answers two thirds of the questions; imitate for more rounds")
  return found.policy
}

/** How a policy of preference optimization ranks pairs. */
export interface Ranking extends Learnt {
  /** Means over the pairs. */
  readonly trainMargin: number
  readonly heldOutMargin: number
  /** Parts of the pairs whose chosen query wins. */
  readonly trainPreference: number
  readonly heldOutPreference: number
  /** Part of the held-out questions that it answers rightly, greedily. */
  readonly heldOutAccuracy: number
}

const beta = 0.5

const preferring: Partial<TrainingSettings> = { maxSteps: 10, batchSize: 16, learningRate: 1e-4 }

/** DPO on right queries against wrong ones of the policy that it starts from: how those are ranked, and such of other questions. */
export const prefer = Effect.fnUntraced(function* ({ engine, folder, from, rounds, seed }: Stage) {
  yield* engine.updateWeights(from)
  const train = yield* preferred(engine, trainQuestions, { seed: seedOf(seed, 0), size: 8 })
  const heldOut = yield* preferred(engine, heldOutQuestions, { seed: seedOf(seed, 1), size: 8 })
  const pairs = [...heldOut, ...train.slice(0, heldOut.length)]
  const measure = Effect.fnUntraced(function* (learnt: Learnt) {
    yield* engine.updateWeights(learnt.policy)
    const margins = yield* Effect.promise(() => marginsOf({ policy: learnt.policy, reference: from }, pairs, beta))
    const [ofHeldOut, ofTrain] = [margins.slice(0, heldOut.length), margins.slice(heldOut.length)]
    return {
      ...learnt,
      trainMargin: mean(ofTrain),
      heldOutMargin: mean(ofHeldOut),
      trainPreference: wins(ofTrain),
      heldOutPreference: wins(ofHeldOut),
      heldOutAccuracy: yield* accuracy(engine, heldOutQuestions)
    } satisfies Ranking
  })
  let last: Ranking = yield* measure({ policy: from, steps: 0 })
  const measured = [last]
  for (let round = 1; round <= rounds; round++) {
    const { policy, steps } = yield* learn({
      name: `round-${round}`,
      folder,
      from: last.policy,
      reference: from,
      objective: { kind: "dpo", beta },
      examples: train,
      settings: { ...preferring, seed: seedOf(seed, round) }
    })
    last = yield* measure({ policy, steps: last.steps + steps.length })
    measured.push(last)
  }
  return { pairs: { train: train.length, heldOut: heldOut.length }, measured }
})

/** Part of the margins that are positive; one that is 0 counts half. */
const wins = (margins: ReadonlyArray<number>): number => mean(margins.map((margin) => (Math.sign(margin) + 1) / 2))

/** What a policy of reinforcement earns. */
export interface Earning extends Learnt {
  /** Mean rewards of what it draws. */
  readonly trainReward: number
  readonly heldOutReward: number
  /** From the policy that the stage started from, in nats a token, on the held-out questions. */
  readonly kl: number
  /** Part of the held-out questions that it answers rightly, greedily. */
  readonly heldOutAccuracy: number
}

const reinforcing: Partial<TrainingSettings> = { epochs: 2, batchSize: 128, learningRate: 5e-4 }

/** Questions that are rolled out in a round, and rollouts of each. */
const rolledOut = { questions: 128, size: 8 }

/** GRPO in rounds, each on fresh rollouts of the policy that the last one left: what it earns at first and after every round. */
export const reinforce = Effect.fnUntraced(function* ({ engine, folder, from, rounds, seed }: Stage) {
  const measure = Effect.fnUntraced(function* (learnt: Learnt, round: number) {
    yield* engine.updateWeights(learnt.policy)
    const questions = shuffled(trainQuestions, seedOf(seed, round)).slice(0, rolledOut.questions)
    const rollouts = yield* rollOut(engine, questions, { seed: seedOf(seed, round), size: rolledOut.size })
    const heldOut = yield* rollOut(engine, heldOutQuestions, { seed: seedOf(seed, round), size: 4 })
    const earning: Earning = {
      ...learnt,
      trainReward: meanReward(rollouts),
      heldOutReward: meanReward(heldOut),
      kl: yield* Effect.promise(() => distanceOf({ policy: learnt.policy, reference: from }, heldOut)),
      heldOutAccuracy: yield* accuracy(engine, heldOutQuestions)
    }
    return { earning, rollouts }
  })
  let last = yield* measure({ policy: from, steps: 0 }, 0)
  const measured = [last.earning]
  for (let round = 1; round <= rounds; round++) {
    const { policy, steps } = yield* learn({
      name: `round-${round}`,
      folder,
      from: last.earning.policy,
      reference: from,
      objective: { kind: "grpo", clipRatio: 0.2, klCoefficient: 0.02 },
      examples: last.rollouts,
      settings: { ...reinforcing, seed: seedOf(seed, round) }
    })
    last = yield* measure({ policy, steps: last.earning.steps + steps.length }, round)
    measured.push(last.earning)
  }
  return { measured }
})

const meanReward = (groups: ReadonlyArray<RolloutGroup>): number =>
  mean(groups.flatMap(({ rollouts }) => rollouts.map(({ reward }) => reward)))

const seedOf = (seed: number, round: number): number => seed * 1000 + round

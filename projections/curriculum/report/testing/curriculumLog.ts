import { makeEvent } from "../../../../events/codec.ts"
import type { CurriculumStage, CurriculumStep } from "../../../../events/curriculum.ts"
import type { AnyEvent, EventOf, NewEvent } from "../../../../events/envelope.ts"
import type { DataOf, EventType } from "../../../../events/registry.ts"
import { eventsOf, type QuestionStory, type RoundStory, type TrajectoryStory } from "../../../testing/story.ts"

/** Hand-made logs of a curriculum, as a real one would have written them. */
export interface CurriculumStory {
  /** `atlas` unless told otherwise. */
  readonly name?: string
  /** Names of the sets of held-out questions: `true` and `counterfactual` unless told otherwise. */
  readonly sets?: ReadonlyArray<string>
  /** Rounds of the last stage: 2 unless told otherwise. */
  readonly rounds?: number
  /** How many steps are done; all unless told otherwise. */
  readonly done?: number
  /** A query of the base policy, in place of its own. */
  readonly query?: string
  /** A stage before the others, in which a judge learns. */
  readonly student?: boolean
  readonly config?: DataOf<"CurriculumStarted">["config"]
  /** The folder that it writes to. */
  readonly folder?: string
}

const objectives = { student: "sft", sft: "sft", dpo: "dpo", grpo: "grpo" } as const
const datasets = { student: "student", sft: "sft", dpo: "dpo", grpo: "rl" } as const
type Learning = keyof typeof objectives

/** The steps of a told curriculum. */
export const stepsOf = (story: CurriculumStory = {}): ReadonlyArray<CurriculumStep> => {
  const { name = "atlas", sets = ["true", "counterfactual"], rounds = 2, folder = `/srv/out/${name}` } = story
  const evaluations = (stage: CurriculumStage): ReadonlyArray<CurriculumStep> =>
    sets.map((set) => {
      const id = `${stage}-evaluation-${set}`
      return { kind: "evaluation", id, stage, round: 0, runId: `${name}-${stage}-${set}`, set }
    })
  const learning = (stage: Learning, round: number, of: number): ReadonlyArray<CurriculumStep> => {
    const place = of > 1 ? `${stage}-${round}` : stage
    const [runId, data] = [`${name}-${place}`, `${folder}/${place}/data`]
    return [
      { kind: "rollout", id: `${place}-rollout`, stage, round, runId },
      { kind: "dataset", id: `${place}-dataset`, stage, round, runId, dataset: datasets[stage], location: data },
      {
        kind: "training",
        id: `${place}-training`,
        stage,
        round,
        objective: objectives[stage],
        data,
        output: `${folder}/${place}/training`,
        policyName: runId
      }
    ]
  }
  return [
    ...evaluations("base"),
    ...(story.student === true ? learning("student", 1, 1) : []),
    ...(["sft", "dpo", "grpo"] as const).flatMap((stage) => {
      const of = stage === "grpo" ? rounds : 1
      return [...Array.from({ length: of }, (_, i) => learning(stage, i + 1, of)).flat(), ...evaluations(stage)]
    })
  ]
}

/** The events of a told curriculum, in the order in which they happen. */
export const curriculumEvents = (story: CurriculumStory = {}): ReadonlyArray<AnyEvent> => {
  const { name = "atlas" } = story
  const steps = stepsOf(story)
  const done = story.done ?? steps.length
  return [
    event(name, "start", {
      type: "CurriculumStarted",
      subject: name,
      data: {
        policy: policy(name, "base"),
        steps,
        config: story.config ?? {},
        configHash: "0123456789abcdef0123456789abcdef",
        software: { version: "0.1.0", node: "v24.19.0" }
      }
    }),
    ...steps
      .slice(0, done)
      .flatMap((step) => [
        event(name, `request ${step.id}`, { type: "CurriculumStepRequested", subject: step.id, data: { step } }),
        ...performed(story, step)
      ]),
    ...(done < steps.length
      ? []
      : [
          event(name, "end", {
            type: "CurriculumCompleted",
            subject: name,
            data: { policies: [{ stage: "grpo", policy: policy(name, "grpo") }] }
          })
        ])
  ]
}

const policy = (name: string, place: string) => ({
  folder: `/srv/out/${name}/${place}/policy`,
  sha256: "5b9a3c1f".repeat(8)
})

const performed = (story: CurriculumStory, step: CurriculumStep): ReadonlyArray<AnyEvent> => {
  switch (step.kind) {
    case "evaluation":
      return withRetrievals(eventsOf({ run: step.runId, questions: heldOut(story, step.stage, step.set) }))
    case "agreement":
      return []
    case "rollout":
      return withRetrievals(eventsOf({ run: step.runId, questions: sampled(step.round) }))
    case "dataset":
      return [built(step)]
    case "training":
      return trained(story.name ?? "atlas", step)
  }
}

/** How many of six held-out questions each stage answers rightly. */
const skill: Readonly<Record<CurriculumStage, number>> = { base: 1, student: 1, sft: 3, dpo: 4, grpo: 5 }

const wordings = [
  "the currency of Aruba",
  "the capital of the only neighbour of the country whose people are called Qatari",
  "the internet domain of the country where people speak Vietnamese",
  "the region of the country that pays with the Malawian kwacha",
  "the capital of the country with the calling code +682",
  "the language of the country whose capital is Maseru"
]

const heldOut = (story: CurriculumStory, stage: CurriculumStage, set: string): ReadonlyArray<QuestionStory> => {
  const known = skill[stage] - (set === "counterfactual" ? 1 : 0)
  return wordings.map((id, i) => ({
    id,
    dataset: set,
    golden: [`gold ${i}`],
    trajectories: [i < known ? right(i) : wrong(i, stage === "base" ? story.query : undefined)]
  }))
}

const right = (i: number): TrajectoryStory => ({
  rounds: Array.from({ length: (i % 3) + 1 }, (_, round): RoundStory => ({ query: `step ${round + 1} to gold ${i}` }))
})

const wrong = (i: number, query = `everything about question ${i}`): TrajectoryStory => ({
  answer: i % 2 === 0 ? "silver" : undefined,
  rounds: [{ query, usefulness: 0 }, ...(i % 3 === 0 ? [{ query: "the same again", overlap: 2 }] : [])]
})

const sampled = (round: number): ReadonlyArray<QuestionStory> =>
  [0, 1, 2, 3].map((i) => ({
    id: `t${i}`,
    trajectories: [
      i < round + 1 ? {} : { answer: "silver", rounds: [{ usefulness: 0 }], branches: [{ at: 1 }] },
      i === 0 ? { failed: "rejected" } : { rounds: [{}, { overlap: 2 }] }
    ]
  }))

/** What the searches of the completed trajectories found: two documents each. */
const withRetrievals = (events: ReadonlyArray<AnyEvent>): ReadonlyArray<AnyEvent> =>
  events.flatMap((ended) => (ended.type === "TrajectoryCompleted" ? [...retrievals(ended), ended] : [ended]))

const retrievals = ({ correlationid, data, runid }: EventOf<"TrajectoryCompleted">): ReadonlyArray<AnyEvent> => {
  const { answer: _, finishReason: _end, ...context } = data
  return data.rounds
    .filter(({ kind }) => kind === "issued")
    .map(({ query, queryId, round }) =>
      event(
        runid,
        `documents ${queryId}`,
        {
          type: "DocumentsRetrieved",
          subject: queryId,
          data: {
            ...context,
            ...{ round, queryId, query },
            documents: ["Qatar", "Saudi Arabia"].map((title) => ({
              id: title,
              contents: `"${title}"\nAbout ${title}.`
            })),
            earlierDocumentIds: [],
            retriever: { name: "bm25", fingerprint: "corpus-1" },
            latencyMs: 1,
            pending: []
          }
        },
        correlationid
      )
    )
}

const built = (step: Extract<CurriculumStep, { readonly kind: "dataset" }>): AnyEvent =>
  event(step.runId, `built ${step.id}`, {
    type: "DatasetBuilt",
    subject: step.runId,
    data: {
      kind: step.dataset,
      format: "jsonl",
      projection: { name: step.dataset, version: 1 },
      config: {},
      configHash: "0123",
      firstSequence: 1,
      lastSequence: 9,
      rows: { sft: 1042, dpo: 187, rl: 24, student: 640 }[step.dataset],
      files: [],
      location: step.location
    }
  })

/** Steps of every training. */
const steps = 30

const trained = (
  name: string,
  step: Extract<CurriculumStep, { readonly kind: "training" }>
): ReadonlyArray<AnyEvent> => {
  const trainingId = `${step.id}-0123456789ab`
  const tell = <T extends EventType>(cause: string, told: Extract<NewEvent, { readonly type: T }>) =>
    event(name, `${trainingId} ${cause}`, told)
  const request = requestOf(trainingId, name, step)
  return [
    tell("request", { type: "TrainingRequested", subject: trainingId, data: request }),
    tell("start", {
      type: "TrainingStarted",
      subject: trainingId,
      data: {
        trainingId,
        engine: "local",
        executor: "ONNX Runtime on 2 threads",
        parameters: { total: 1_412_096, trainable: 1_412_096 },
        examples: 96,
        steps
      }
    }),
    ...Array.from({ length: steps }, (_, i) =>
      tell(`step ${i}`, {
        type: "TrainingStepCompleted",
        subject: trainingId,
        data: { trainingId, report: reportOf(step, i + 1) }
      })
    ),
    tell("end", {
      type: "TrainingCompleted",
      subject: trainingId,
      data: { trainingId, steps, policy: policy(name, step.id) }
    })
  ]
}

const requestOf = (
  trainingId: string,
  name: string,
  { data, objective, output, policyName }: Extract<CurriculumStep, { readonly kind: "training" }>
): DataOf<"TrainingRequested"> => ({
  trainingId,
  objective: {
    sft: { kind: "sft" } as const,
    dpo: { kind: "dpo", beta: 0.1 } as const,
    grpo: { kind: "grpo", clipRatio: 0.2, klCoefficient: 0.001 } as const
  }[objective],
  engine: "local",
  base: policy(name, "base"),
  dataset: { file: `${data}/data.jsonl`, format: "jsonl", sha256: "ab", rows: 96 },
  output,
  name: policyName,
  settings: {
    learningRate: 1e-4,
    schedule: "cosine",
    warmupRatio: 0.1,
    epochs: 1,
    batchSize: 16,
    gradientAccumulation: 1,
    cutoffLength: 640,
    clipNorm: 1,
    adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    weightDecay: 0,
    maskResults: true,
    seed: 42,
    checkpointEvery: 25,
    keepCheckpoints: 2
  }
})

const reportOf = (
  { objective, round }: Extract<CurriculumStep, { readonly kind: "training" }>,
  step: number
): DataOf<"TrainingStepCompleted">["report"] => {
  const wave = Math.sin(step * 2.4) / 20
  const measured = {
    sft: { tokenAccuracy: 1 - 0.5 / Math.sqrt(step) + wave },
    dpo: { preferenceAccuracy: Math.min(1, 0.5 + step / 60 + wave), margin: step / 20 + wave },
    grpo: { reward: 0.4 + round / 10 + step / 300 + wave, kl: round / 100 + step / 3000, clipFraction: 0.01 }
  }
  return {
    ...{ step, of: steps, epoch: step / steps, loss: 2 / step + Math.abs(wave), learningRate: 1e-4 },
    ...{ gradientNorm: 1, tokens: 4096, tokensPerSecond: 20_000 },
    ...measured[objective]
  }
}

const event = <T extends EventType>(
  runid: string,
  causationid: string,
  told: Extract<NewEvent, { readonly type: T }>,
  correlationid = runid
): EventOf<T> =>
  makeEvent<T>(told, {
    source: "/tests/curriculum",
    runid,
    correlationid,
    causationid: `${runid} ${causationid}`,
    ordinal: 0,
    time: "2026-01-31T10:20:30.000Z"
  })

import type { NewEvent } from "../../events/envelope.ts"
import { actorSource, correlationId, initialTrajectoryId } from "../../events/ids.ts"
import type { DataOf } from "../../events/registry.ts"
import { stopAfterSearch } from "../../method/protocol.ts"
import type { Draft } from "./simulate.ts"
import { question } from "./world.ts"

/** What the commands of the story store. */

/** `name` is stable across the repetitions of a command. */
export const byCommand = (command: string, runid: string, name: string, event: NewEvent, ordinal = 0): Draft => ({
  source: actorSource(`command-${command}`, "1"),
  cause: { id: name, runid, correlationid: runid },
  ordinal,
  event
})

/** A run that asks the question of the story once for each seed. */
export interface StoryRun {
  readonly id: string
  readonly seeds: ReadonlyArray<number>
  /** 1 when left out. */
  readonly temperature?: number
  /** Whether low-quality queries are refined; so it is when left out. */
  readonly refined?: boolean
  readonly combine?: string
}

/** The combination of every run that asks for no other. */
export const combine = "novelty and usefulness"

export const started = ({ id, seeds, refined = true, combine: combined = combine }: StoryRun): Draft =>
  byCommand("run", id, `run:${id}`, {
    type: "RunStarted",
    subject: id,
    data: {
      rollouts: seeds.length,
      questions: [{ dataset: question.dataset, count: 1, sha256: "0d1e2f3a".repeat(8) }],
      retriever: { name: "bm25", fingerprint: "bm25:demo" },
      scoring: {
        combine: combined,
        novelty: { maxOverlap: 1 },
        thresholds: {},
        f1: { threshold: 0.8 },
        reward: { penalty: 0.1, floor: 0.7, bonus: 0.1, ceiling: 0.3, format: 0.1 }
      },
      refinement: { enabled: refined, maxDepth: 1, maxBranches: 10 },
      config: { run: { name: id, samples: seeds.length, seed: 42 }, judge: { kind: "llm", model: "judge" } },
      configHash: "4c5d6e7f".repeat(8),
      software: { version: "0.1.0", node: "v24.21.0" }
    }
  })

export const requested = ({ id, seeds, temperature = 1 }: StoryRun): ReadonlyArray<Draft> =>
  seeds.map((seed, sample) => {
    const trajectoryId = initialTrajectoryId(id, question.dataset, question.id, sample)
    const data: DataOf<"RolloutRequested"> = {
      trajectoryId,
      rootId: trajectoryId,
      sample,
      branch: [],
      question,
      settings: {
        policy: "policy",
        system: "Search before you answer.",
        sampling: { temperature, topP: 0.99, maxNewTokens: 512, stop: [stopAfterSearch], seed },
        maxTurns: 5,
        maxResponseTokens: 8192,
        retriever: "bm25",
        topK: 3
      }
    }
    const correlationid = correlationId(id, question.dataset, question.id)
    return byCommand(
      "run",
      id,
      `run:${id}:rollouts`,
      { type: "RolloutRequested", subject: trajectoryId, correlationid, data },
      sample
    )
  })

/** A dataset that was folded from the log up to `head`. */
export const datasetBuilt = (
  runid: string,
  head: number,
  built: Pick<DataOf<"DatasetBuilt">, "kind" | "format" | "config" | "rows" | "files" | "location">
): Draft =>
  byCommand("datasets", runid, `dataset:${built.kind}:${head}`, {
    type: "DatasetBuilt",
    subject: `${runid}/${built.kind}`,
    data: {
      ...built,
      projection: { name: built.kind, version: 1 },
      configHash: "8a9b0c1d".repeat(8),
      firstSequence: 1,
      lastSequence: head
    }
  })

export const trainingAsked = (runid: string, request: DataOf<"TrainingRequested">): Draft =>
  byCommand("train", runid, `train:${request.trainingId}`, {
    type: "TrainingRequested",
    subject: request.trainingId,
    correlationid: request.trainingId,
    data: request
  })

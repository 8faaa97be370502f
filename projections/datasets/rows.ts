import type { Question, Turn } from "../../events/shapes.ts"
import type { Span } from "../../method/protocol.ts"
import type { DatasetRow } from "./dataset.ts"

/** A text that a model shall learn to write, or to avoid. */
export interface Target {
  readonly text: string
  /** What counts for the loss: offsets in UTF-16 code units. The environment's `<result>…</result>` blocks never do. */
  readonly loss: ReadonlyArray<Span>
}

/** What a model is asked. */
export interface Prompt {
  readonly system: string
  readonly user: string
}

/** A demonstration: what the model shall write when it is asked this. */
export interface DemonstrationRow extends DatasetRow {
  readonly prompt: Prompt
  readonly target: Target
}

/** A preference: what the model shall rather write, and rather not. */
export interface PreferenceRow extends DatasetRow {
  readonly prompt: Prompt
  readonly chosen: Target
  readonly rejected: Target
  /** Which rule preferred the one to the other. */
  readonly rule: string
}

/** Rollouts of one question that are compared with each other. */
export interface GroupRow extends DatasetRow {
  readonly prompt: Prompt
  readonly question: Question
  /** N of them; one that fills up the group is repeated in full. */
  readonly rollouts: ReadonlyArray<Rollout>
}

export interface Rollout extends Target {
  readonly trajectoryId: string
  readonly sample: number
  readonly branch: ReadonlyArray<number>
  readonly f1: number
  /** High-quality and low-quality queries. */
  readonly nCorrect: number
  readonly nWrong: number
  readonly reward: number
  /** (reward − mean) / standard deviation in the group. */
  readonly advantage: number
  /** The policy's generations, with token ids and log-probabilities where its server gave them. */
  readonly turns: ReadonlyArray<Turn>
}

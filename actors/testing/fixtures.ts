import { hash } from "node:crypto"
import { makeEvent } from "../../events/codec.ts"
import type { EventOf, NewEvent } from "../../events/envelope.ts"
import { correlationId, initialTrajectoryId } from "../../events/ids.ts"
import type { DataOf, EventType } from "../../events/registry.ts"
import type { Question, RolloutSettings, TrajectoryContext } from "../../events/shapes.ts"

/** Values that the actors' tests share. */
export const runId = "test-run"

export const question = (changes: Partial<Question> = {}): Question => ({
  id: "q1",
  dataset: "hotpotqa",
  question: "Who directed the 2001 film that featured Yu Rongguang?",
  goldenAnswers: ["Kim Sung-su"],
  ...changes
})

export const settings = (changes: Partial<RolloutSettings> = {}): RolloutSettings => ({
  policy: "policy",
  system: "You search.",
  sampling: { temperature: 0, topP: 1, maxNewTokens: 1000, stop: [] },
  maxTurns: 10,
  maxResponseTokens: 8192,
  retriever: "bm25",
  topK: 5,
  ...changes
})

/** The first sample of a question. */
export const initial = (changes: Partial<TrajectoryContext> = {}): TrajectoryContext => {
  const asked = changes.question ?? question()
  const trajectoryId = initialTrajectoryId(runId, asked.dataset, asked.id, changes.sample ?? 0)
  return {
    trajectoryId,
    rootId: trajectoryId,
    sample: 0,
    branch: [],
    question: asked,
    settings: settings(),
    ...changes
  }
}

/** A new event as it lies in the log, made by `source` because of `causationid`; both are made up unless told. */
export const stored = <T extends EventType>(
  event: Extract<NewEvent, { readonly type: T }>,
  from: {
    readonly source?: string
    readonly causationid?: string
    readonly ordinal?: number
    readonly runid?: string
  } = {}
): EventOf<T> =>
  makeEvent(event, {
    source: from.source ?? "/test/fixture",
    runid: from.runid ?? runId,
    causationid: from.causationid ?? hash("sha256", JSON.stringify(event), "hex"),
    correlationid: correlationId(runId, "hotpotqa", "q1"),
    ordinal: from.ordinal ?? 0,
    time: "2026-01-01T00:00:00.000Z"
  })

/** The event, which must be of the type that the test expects. */
export const ofType = <T extends EventType>(
  type: T,
  event: NewEvent | undefined
): { readonly type: T; readonly subject: string; readonly data: DataOf<T> } => {
  if (event?.type !== type) throw new Error(`expected ${type}, found ${event?.type ?? "nothing"}`)
  // `type` was just compared, and it decides the data.
  return event as never
}

/** The item at an index, counted from the end when negative. The test is wrong when there is none. */
export const nth = <A>(items: ReadonlyArray<A>, index: number): A => {
  const item = items.at(index)
  if (item === undefined) throw new Error(`expected an item at ${index}, found ${items.length} items`)
  return item
}

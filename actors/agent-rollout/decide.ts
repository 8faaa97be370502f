import type { NewEvent } from "../../events/envelope.ts"
import { queryId } from "../../events/ids.ts"
import type { Turn } from "../../events/shapes.ts"
import { predictedAnswer } from "../../method/answer.ts"
import { issuedQueries, stopAfterSearch } from "../../method/protocol.ts"
import type { Generation, GenerationRequest } from "../languageModel.ts"
import { allowance } from "./budget.ts"
import type { Position } from "./position.ts"
import type { PendingQuery } from "./prefix.ts"

/** The agent's move: an event that is settled already, or a generation that has to be asked for first. */
export type Move =
  | { readonly kind: "emit"; readonly event: NewEvent }
  | { readonly kind: "generate"; readonly request: GenerationRequest }

/**
 * Decides without a model what comes next: a waiting query is issued, a trajectory at its limit is completed, and only
 * otherwise the policy writes on.
 */
export const decide = (position: Position): Move => {
  const [next, ...later] = position.pending
  if (next !== undefined) return { kind: "emit", event: queryIssued(position, next, later) }
  const allowed = allowance(position.progress, position.context.settings)
  return allowed.kind === "exhausted"
    ? { kind: "emit", event: trajectoryCompleted(position, allowed.limit) }
    : { kind: "generate", request: requestOf(position, allowed.maxNewTokens) }
}

/**
 * Decides what a generation means: its first complete query is issued and the others wait; without one the trajectory is at
 * its end, cut off when the generation ran out of tokens.
 */
export const afterGeneration = (position: Position, generation: Generation): NewEvent => {
  const start = position.progress.transcript.length
  const transcript = position.progress.transcript + generation.text
  const turns = [...position.progress.turns, turnOf(generation, start)]
  const advanced = { ...position, progress: { ...position.progress, transcript, turns } }
  const [first, ...later] = issuedQueries(generation.text).map(({ query, end }) => ({ query, queryEnd: start + end }))
  if (first !== undefined) return queryIssued(advanced, first, later)
  return trajectoryCompleted(advanced, generation.finishReason === "length" ? "max-tokens" : "end")
}

/** What becomes of a trajectory that can't go on. */
export const trajectoryFailed = (
  { context, progress }: Pick<Position, "context" | "progress">,
  reason: string,
  detail: string
): NewEvent => ({
  type: "TrajectoryFailed",
  subject: context.trajectoryId,
  data: { ...context, ...progress, reason, detail }
})

const requestOf = ({ context, progress }: Position, maxNewTokens: number): GenerationRequest => {
  const { policy, system, sampling } = context.settings
  const stop = [...new Set([...sampling.stop, stopAfterSearch])]
  return {
    model: policy,
    system,
    user: context.question.question,
    assistant: progress.transcript,
    sampling: { ...sampling, maxNewTokens, stop }
  }
}

const queryIssued = (
  { context, progress }: Position,
  next: PendingQuery,
  pending: ReadonlyArray<PendingQuery>
): NewEvent => {
  const round = progress.rounds.length + 1
  const id = queryId(context.trajectoryId, round)
  return {
    type: "QueryIssued",
    subject: id,
    data: { ...context, ...progress, round, queryId: id, query: next.query, queryEnd: next.queryEnd, pending }
  }
}

const trajectoryCompleted = (
  { context, progress }: Position,
  finishReason: "end" | "max-turns" | "max-tokens"
): NewEvent => ({
  type: "TrajectoryCompleted",
  subject: context.trajectoryId,
  data: { ...context, ...progress, answer: predictedAnswer(progress.transcript), finishReason }
})

const turnOf = (generation: Generation, start: number): Turn => ({
  start,
  end: start + generation.text.length,
  model: generation.model,
  finishReason: generation.finishReason,
  ...(generation.promptTokens === undefined ? {} : { promptTokens: generation.promptTokens }),
  ...(generation.completionTokens === undefined ? {} : { completionTokens: generation.completionTokens }),
  ...(generation.tokenIds === undefined ? {} : { tokenIds: generation.tokenIds }),
  ...(generation.logProbs === undefined ? {} : { logProbs: generation.logProbs })
})

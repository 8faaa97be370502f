import { Result } from "effect"
import type { EventOf, NewEvent } from "../../events/envelope.ts"
import type { Document, Progress, TrajectoryContext } from "../../events/shapes.ts"
import { afterGeneration, decide } from "../agent-rollout/decide.ts"
import { positionOf } from "../agent-rollout/position.ts"
import type { Generation } from "../languageModel.ts"
import { appendResults, isEmptyQuery, nothingFound } from "../retrieval/appendResults.ts"
import { initial, ofType, stored } from "./fixtures.ts"

/** A generation of a model that counts nothing. */
export const generated = (text: string, changes: Partial<Generation> = {}): Generation => ({
  text,
  finishReason: "stop",
  model: "scripted",
  latencyMs: 1,
  ...changes
})

export interface Played {
  readonly issued: ReadonlyArray<EventOf<"QueryIssued">>
  readonly retrieved: ReadonlyArray<EventOf<"DocumentsRetrieved">>
  readonly end: EventOf<"TrajectoryCompleted">
}

/**
 * Plays a trajectory to its end: the policy writes `outputs` one after the other (nothing more when they are used up), and
 * the search engine answers with `search`.
 */
export const play = (script: {
  readonly context?: TrajectoryContext
  readonly prefix?: Progress
  readonly outputs: ReadonlyArray<string | Generation>
  readonly search?: (query: string) => ReadonlyArray<Document>
}): Played => {
  const { context = initial(), outputs, prefix, search = () => [] } = script
  const written = [...outputs]
  const issued: Array<EventOf<"QueryIssued">> = []
  const retrieved: Array<EventOf<"DocumentsRetrieved">> = []
  const next = (event: EventOf<"RolloutRequested" | "DocumentsRetrieved">): NewEvent => {
    const position = Result.getOrThrow(positionOf(event))
    const move = decide(position)
    if (move.kind === "emit") return move.event
    const output = written.shift() ?? ""
    return afterGeneration(position, typeof output === "string" ? generated(output) : output)
  }
  let event = next(
    stored({
      type: "RolloutRequested",
      subject: context.trajectoryId,
      data: { ...context, ...(prefix === undefined ? {} : { prefix }) }
    })
  )
  while (event.type === "QueryIssued") {
    const query = stored(event)
    issued.push(query)
    const found = isEmptyQuery(event.data.query)
      ? nothingFound
      : { documents: search(event.data.query), fingerprint: "test", latencyMs: 1 }
    const documents = stored(ofType("DocumentsRetrieved", appendResults(query, found)))
    retrieved.push(documents)
    event = next(documents)
  }
  return { issued, retrieved, end: stored(ofType("TrajectoryCompleted", event)) }
}

/** A document of a given title. */
export const passage = (id: string, title = id): Document => ({ id, contents: `"${title}"\nAbout ${title}.` })

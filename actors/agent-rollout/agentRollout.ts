import { Effect, Result } from "effect"
import type { EventOf, NewEvent } from "../../events/envelope.ts"
import { defineActor } from "../actor.ts"
import { type GenerationError, LanguageModel } from "../languageModel.ts"
import { afterGeneration, decide, trajectoryFailed } from "./decide.ts"
import { positionOf } from "./position.ts"

/**
 * The search agent (SmartSearch, arXiv 2601.04888, section on the search agent): it takes a trajectory from its request, or
 * from the documents of its last query, to the next query or to its end.
 *
 * A model that refuses the request for good fails the trajectory. Any other `GenerationError` fails the handling: that no model
 * has the name says nothing about the trajectory, only about this process, so its event is parked and can be replayed.
 */
export const agentRollout = defineActor({
  name: "agent-rollout",
  version: "1",
  consumes: ["RolloutRequested", "DocumentsRetrieved"],
  handle: (event) => Effect.map(move(event), (next) => [next])
})

const move = Effect.fnUntraced(function* (
  event: EventOf<"RolloutRequested" | "DocumentsRetrieved">
): Effect.fn.Return<NewEvent, GenerationError, LanguageModel> {
  const read = positionOf(event)
  if (Result.isFailure(read)) return trajectoryFailed(read.failure, "bad-prefix", read.failure.detail)
  const position = read.success
  const next = decide(position)
  if (next.kind === "emit") return next.event
  const models = yield* LanguageModel
  return yield* models.generate(next.request).pipe(
    Effect.map((generation) => afterGeneration(position, generation)),
    Effect.catchIf(
      (error) => !error.retryable && error.reason !== "unknown-model",
      (error) => Effect.succeed(trajectoryFailed(position, error.reason, error.message))
    )
  )
})

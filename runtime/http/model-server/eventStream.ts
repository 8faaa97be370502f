import { Effect, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import type { EngineError } from "../../models/onnx/generationEngine.ts"
import { errorBody, fromEngineError, logged } from "./apiError.ts"

const event = (data: string): string => `data: ${data}\n\n`

/**
 * Answers with server-sent events, one for each value, and `[DONE]` at the end. The response begins with the first value, so
 * what fails before is told by its status; what fails later is told in an event.
 *
 * Values are produced as fast as the client reads; a client that goes away interrupts whatever produces them.
 */
export const respondWithEvents = Effect.fnUntraced(function* (values: Stream.Stream<object, EngineError>) {
  const pull = yield* Stream.toPull(Stream.map(values, (value) => event(JSON.stringify(value))))
  const first = yield* Effect.catchTag(pull, "Done", () => Effect.succeed([]))
  const events = Stream.concat(Stream.fromIterable(first), Stream.fromPull(Effect.succeed(pull))).pipe(
    Stream.catch((failure) => {
      const error = fromEngineError(failure)
      return Stream.fromEffect(Effect.as(logged(error), event(JSON.stringify(errorBody(error)))))
    }),
    Stream.concat(Stream.succeed(event("[DONE]")))
  )
  return HttpServerResponse.stream(Stream.encodeText(events), {
    contentType: "text/event-stream",
    headers: { "cache-control": "no-cache", "x-accel-buffering": "no" }
  })
})

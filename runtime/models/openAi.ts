import { Result, Schema } from "effect"
import type { Generation, GenerationRequest } from "../../actors/languageModel.ts"
import type { ChatSettings, CompletionsSettings } from "../../config/models.ts"
import { type MatchedStop, restoreStop } from "./stopString.ts"
import { malformed, optional, type Reply, refuseCutShort, toReply, type WireFailure } from "./wire.ts"

/** What `/v1/completions` and `/v1/chat/completions` have in common. */

const Stopper = Schema.Union([Schema.String, Schema.Finite])

/** How a choice ended. `stop_reason` and `token_ids` are vLLM's additions to the interface, `matched_stop` SGLang's. */
export const choiceFields = {
  finish_reason: Schema.NullOr(Schema.String),
  stop_reason: optional(Stopper),
  matched_stop: optional(Stopper),
  token_ids: optional(Schema.Array(Schema.Int))
}
const Choice = Schema.Struct(choiceFields)

/** What a reply tells beside its choices. */
export const replyFields = {
  model: optional(Schema.String),
  usage: optional(
    Schema.Struct({ prompt_tokens: optional(Schema.Natural), completion_tokens: optional(Schema.Natural) })
  )
}
const ReplyFields = Schema.Struct(replyFields)

/** The sampling fields of a request body. */
export const samplingFields = (sampling: GenerationRequest["sampling"], stop: ReadonlyArray<string>) => ({
  temperature: sampling.temperature,
  top_p: sampling.topP,
  max_tokens: sampling.maxNewTokens,
  ...(stop.length > 0 && { stop }),
  ...(sampling.seed !== undefined && { seed: sampling.seed })
})

/** The only choice of a reply. */
export const firstChoice = <A>(choices: ReadonlyArray<A>): Result.Result<A, WireFailure> =>
  choices[0] === undefined ? Result.fail(malformed("the reply has no choices")) : Result.succeed(choices[0])

/** Puts the reply together from what both interfaces tell the same way and what each tells its own way. */
export const readChoice = (
  settings: CompletionsSettings | ChatSettings,
  request: GenerationRequest,
  told: {
    readonly reply: typeof ReplyFields.Type
    readonly choice: typeof Choice.Type
    readonly text: string
    readonly tokens: ReadonlyArray<string> | null | undefined
    readonly logProbs: ReadonlyArray<number> | undefined
  }
): Result.Result<Reply, WireFailure> =>
  Result.gen(function* () {
    const { choice, reply } = told
    const finish = yield* finishReason(choice.finish_reason)
    const end = { text: told.text, prefix: request.assistant, stop: request.sampling.stop }
    return yield* refuseCutShort(
      settings.cutShort,
      request
    )(
      toReply({
        text: finish === "stop" ? restoreStop({ ...end, matched: matchedStop(choice) }) : told.text,
        finishReason: finish,
        model: reply.model ?? settings.model,
        promptTokens: reply.usage?.prompt_tokens,
        completionTokens: reply.usage?.completion_tokens,
        tokenIds: choice.token_ids ?? idsOf(told.tokens),
        logProbs: told.logProbs
      })
    )
  })

/** Reads a finish reason; anything but an end or a length limit leaves the text unusable. */
const finishReason = (told: string | null): Result.Result<Generation["finishReason"], WireFailure> => {
  if (told === "stop" || told === "length") return Result.succeed(told)
  if (told !== "content_filter") {
    return Result.fail(malformed(`expected the finish reason "stop" or "length", got ${JSON.stringify(told)}`))
  }
  return Result.fail({ reason: "rejected", detail: "the server's content filter withheld the reply", retryable: false })
}

/**
 * What matched, if the server tells. vLLM sends `stop_reason: null` for the end of the text, so its null is an answer;
 * SGLang sends the token's id in that case, so a null `matched_stop` is not.
 */
const matchedStop = (choice: typeof Choice.Type): MatchedStop =>
  choice.stop_reason !== undefined ? choice.stop_reason : (choice.matched_stop ?? undefined)

/** Token ids out of tokens written `token_id:123`, as vLLM does when asked with `return_tokens_as_token_ids`. */
const idsOf = (tokens: ReadonlyArray<string> | null | undefined): ReadonlyArray<number> | undefined => {
  const ids = tokens?.map((token) => /^token_id:(\d+)$/.exec(token)?.[1])
  return ids?.every((id) => id !== undefined) ? ids.map(Number) : undefined
}

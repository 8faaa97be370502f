import type { Effect, Scope } from "effect"
import { continueHeuristically } from "../../runtime/models/heuristic/continueHeuristically.ts"
import { type ModelServer, type ModelServerOptions, startModelServer } from "../servers/modelServer.ts"

/** What a ChatML prompt asks, and how far the assistant's turn has come. */
const conversationOf = (prompt: string): { readonly user: string; readonly assistant: string } => {
  const turn = "<|im_start|>user\n"
  const answer = "<|im_end|>\n<|im_start|>assistant\n"
  const user = prompt.indexOf(turn) + turn.length
  const end = prompt.indexOf(answer, user)
  return { user: prompt.slice(user, end), assistant: prompt.slice(end + answer.length) }
}

/**
 * A server whose model writes what the offline policy would: so a run over HTTP must give the datasets of one without, and
 * whatever differs was lost or changed on the way.
 */
export const startPolicyServer = (
  options: Omit<ModelServerOptions, "reply">
): Effect.Effect<ModelServer, never, Scope.Scope> =>
  startModelServer({ ...options, reply: (prompt) => continueHeuristically(conversationOf(prompt)) })

/** A chat server whose model writes what the function says. */
export const startChatServer = (reply: (prompt: string) => string): Effect.Effect<ModelServer, never, Scope.Scope> =>
  startModelServer({ speaks: "chat", reply })

/** An entry of `models:` for a test's server: patience is measured in milliseconds. */
export const modelAt = (
  { url }: Pick<ModelServer, "url">,
  kind: "sglang" | "completions" | "chat",
  changes: object = {}
): object => ({
  kind,
  url,
  model: "test-model",
  timeout: "500 millis",
  retries: 8,
  backoff: "10 millis",
  ...changes
})

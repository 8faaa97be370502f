import { Schema } from "effect"
import type { GenerationRequest } from "../../actors/languageModel.ts"
import { type HttpModelSettings, ModelSettings } from "../../config/models.ts"

/** A request as the search agent sends it, with some of it changed. */
export const requestWith = (
  changed: Partial<Omit<GenerationRequest, "sampling">> & {
    readonly sampling?: Partial<GenerationRequest["sampling"]>
  } = {}
): GenerationRequest => ({
  model: "policy",
  system: "Search before you answer.",
  user: "Who wrote it?",
  assistant: "<think>",
  ...changed,
  sampling: { temperature: 0, topP: 1, maxNewTokens: 64, stop: ["</search>"], ...changed.sampling }
})

const decodeSettings = Schema.decodeUnknownSync(ModelSettings)

/** Settings of a model that is served over HTTP, read as from a configuration file. */
export const httpSettings = <Kind extends HttpModelSettings["kind"]>(
  kind: Kind,
  fields: Readonly<Record<string, unknown>> = {}
): Extract<HttpModelSettings, { readonly kind: Kind }> => {
  const settings = decodeSettings({ kind, url: "http://127.0.0.1:9", model: "served-name", ...fields })
  const isOfKind = (read: ModelSettings): read is Extract<HttpModelSettings, { readonly kind: Kind }> =>
    read.kind === kind
  if (!isOfKind(settings)) throw new Error(`expected settings of kind ${kind}, got ${settings.kind}`)
  return settings
}

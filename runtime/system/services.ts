import { Layer } from "effect"
import type { Settings } from "../../config/settings.ts"
import { heuristicModel } from "../models/heuristic/heuristicModel.ts"
import { languageModels } from "../models/layer.ts"
import { type LoadedRetriever, retrieverLayer } from "../retrievers/retrievers.ts"

/** The services that actors call, as the configuration names them: models, and the retrievers that were loaded for it. */
export const actorServices = (settings: Settings, retrievers: ReadonlyArray<LoadedRetriever>) => {
  const heuristics = Object.entries(settings.models).filter(([, model]) => model.kind === "heuristic")
  const inProcess = Object.fromEntries(heuristics.map(([name]) => [name, heuristicModel]))
  return Layer.mergeAll(languageModels({ models: settings.models, inProcess }), retrieverLayer(retrievers))
}

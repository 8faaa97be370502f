import { readFile } from "node:fs/promises"
import { stringify } from "yaml"
import type { TrainingRequest } from "../../../events/training.ts"
import { verlParquet } from "../../../projections/formats/verl.ts"
import type { Files } from "../external/files.ts"
import { guide } from "./guide.ts"
import { launchScript } from "./launchScript.ts"
import { agentName, layout } from "./layout.ts"
import type { OnlineGrpo } from "./objective.ts"
import { overridesOf } from "./overrides.ts"
import type { AskedQuestion } from "./questions.ts"
import type { Services } from "./services.ts"

/** Questions in the file that verl wants to validate on, at most. */
const mostTests = 100

/** Every file of a training by its path in its folder, which may lie anywhere. */
export const filesOf = async (
  request: TrainingRequest,
  objective: OnlineGrpo,
  questions: ReadonlyArray<AskedQuestion>,
  services: Services
): Promise<Files> => {
  const { rewardUrl, searchUrl, topK } = services
  const { rollouts } = objective
  const agent = {
    name: agentName,
    _target_: "search_agent.SearchAgentLoop",
    search_url: searchUrl,
    top_k: topK,
    max_turns: rollouts.maxTurns,
    mask_results: request.settings.maskResults,
    server: rollouts.server
  }
  return {
    [layout.train]: Buffer.concat([...verlParquet(questions)]),
    [layout.test]: Buffer.concat([...verlParquet(questions.slice(0, mostTests))]),
    [layout.agent]: stringify([agent]),
    [layout.searchAgent]: await pythonModule(layout.searchAgent),
    [layout.reward]: await pythonModule(layout.reward),
    [layout.launch]: launchScript(overridesOf(request, objective, { rewardUrl })),
    [layout.guide]: guide(request, rollouts, services)
  }
}

const pythonModule = (name: string): Promise<string> => readFile(new URL(`./python/${name}`, import.meta.url), "utf8")

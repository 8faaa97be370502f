import { agentRollout } from "../../actors/agent-rollout/agentRollout.ts"
import { assessment } from "../../actors/assessment/assessment.ts"
import { redundancyChecker } from "../../actors/redundancy-checker/redundancyChecker.ts"
import { llmRefiner } from "../../actors/refiner/llmRefiner.ts"
import { offlineRefiner } from "../../actors/refiner/offlineRefiner.ts"
import { retrieval } from "../../actors/retrieval/retrieval.ts"
import { evidenceJudge } from "../../actors/reward-judge/evidenceJudge.ts"
import { llmJudge } from "../../actors/reward-judge/llmJudge.ts"
import { runMonitor } from "../../actors/run-monitor/runMonitor.ts"
import type { Settings } from "../../config/settings.ts"

/** The stateless actors that a configuration asks for. */
export const builtInActors = (settings: Settings) =>
  [
    agentRollout,
    retrieval,
    redundancyChecker({ maxOverlap: settings.scoring.novelty.maxOverlap }),
    settings.judge.kind === "llm" ? llmJudge(settings.judge) : evidenceJudge,
    settings.refinement.refiner.kind === "llm" ? llmRefiner(settings.refinement.refiner) : offlineRefiner
  ] as const

/** The process managers of every configuration: their rules come from the log. */
export const builtInManagers = [assessment, runMonitor] as const

/** Names that `--actors` takes. */
export const builtInNames = [
  "agent-rollout",
  "retrieval",
  "redundancy-checker",
  "reward-judge",
  "refiner",
  "assessment",
  "run-monitor"
] as const

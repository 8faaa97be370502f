import { hash } from "node:crypto"
import { basename } from "node:path"
import type { Schema } from "effect"
import { decisiveModel, decisiveTask } from "../../config/hash.ts"
import type { ModelSettings } from "../../config/models.ts"
import type { Settings } from "../../config/settings.ts"
import { canonicalJson } from "../../events/canonicalJson.ts"

/** What an actor works with beyond what its events tell: hosts that work with the same share the work. */
export interface Work {
  /** Hexadecimal; the same for the same work. */
  readonly id: string
  /** For a person to read. */
  readonly told: string
}

/** What searches, as the log identifies it. */
export interface RetrieverIdentity {
  readonly name: string
  readonly fingerprint: string
}

/** The actors whose work depends on the configuration. */
export type WorkingActor =
  | "agent-rollout"
  | "retrieval"
  | "redundancy-checker"
  | "reward-judge"
  | "student-judge"
  | "refiner"

const work = (told: string, decisive: Schema.Json): Work => {
  const id = hash("sha256", canonicalJson(decisive), "hex").slice(0, 12)
  return { id, told: `${told} [${id.slice(0, 6)}]` }
}

/** A model by its name in the configuration, with all that decides what it writes; where its server is does not. */
const modelOf = (settings: Settings, name: string) => {
  const model = settings.models[name]
  return { told: toldOf(name, model), decisive: { name, ...decisiveModel(model) } }
}

const toldOf = (name: string, model: ModelSettings | undefined): string => {
  if (model === undefined || model.kind === "heuristic") return name
  return `${name} (${model.kind === "local" ? basename(model.folder) : model.model})`
}

/** A task that a model does, or a rule. */
const taskOf = (
  settings: Settings,
  name: string,
  task: Settings["judge"] | Settings["refinement"]["refiner"]
): Work => {
  if (task.kind !== "llm") return work(`${name} ${task.kind}`, task)
  const model = modelOf(settings, task.model)
  return work(`${name} ${model.told}`, { task: decisiveTask(task), model: model.decisive })
}

/** What an actor works with under a configuration. `retriever` has to be there for the one that searches. */
export const workOf = (actor: WorkingActor, settings: Settings, retriever: RetrieverIdentity | undefined): Work => {
  switch (actor) {
    case "agent-rollout": {
      const { told, decisive } = modelOf(settings, settings.policy.model)
      return work(`policy ${told}`, decisive)
    }
    case "retrieval": {
      const { name, fingerprint } = retriever ?? { name: "none", fingerprint: "" }
      const shown = /^[0-9a-f]{64}$/.test(fingerprint) ? fingerprint.slice(0, 12) : fingerprint
      return { ...work("", { name, fingerprint }), told: `retriever ${name} ${shown}` }
    }
    case "redundancy-checker": {
      const { maxOverlap } = settings.scoring.novelty
      return work(`novelty.maxOverlap ${maxOverlap}`, { maxOverlap })
    }
    case "reward-judge":
      return taskOf(settings, "judge", settings.judge)
    case "student-judge":
      return settings.studentJudge === undefined
        ? work("no student", {})
        : taskOf(settings, "student", { kind: "llm", ...settings.studentJudge })
    case "refiner":
      return taskOf(settings, "refiner", settings.refinement.refiner)
  }
}

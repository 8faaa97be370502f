import { Schema } from "effect"
import type { RefinementSettings } from "../events/shapes.ts"
import { CurriculumSettings } from "./curriculum.ts"
import { DatasetSettings } from "./datasets.ts"
import { ActorSettings, BrokerSettings, OutputSettings } from "./hosting.ts"
import { optional, required, withDefault } from "./keys.ts"
import { ModelSettings } from "./models.ts"
import { PolicySettings, QuestionSource, RetrievalSettings, RunSettings } from "./rollout.ts"
import { JudgeSettings, RefinementSection, ScoringSection, StudentJudgeSettings } from "./scoring.ts"
import { TrainingSettings } from "./training.ts"

/** The configuration of a run: one YAML file, or one of the presets. Secrets are named by environment variables, never written. */
export const Settings = Schema.Struct({
  run: required(RunSettings, "The run itself."),
  questions: required(
    Schema.Array(QuestionSource).check(Schema.isMinLength(1, { expected: "at least one source of questions" })),
    "What is asked."
  ),
  retrieval: required(RetrievalSettings, "Where the agent's queries are searched."),
  models: withDefault(
    Schema.Record(Schema.String, ModelSettings),
    { heuristic: { kind: "heuristic" } },
    "The models by the names under which policy, judge and refiner refer to them."
  ),
  policy: withDefault(PolicySettings, {}, "The search agent."),
  scoring: withDefault(ScoringSection, {}, "How scores become qualities and rewards."),
  judge: withDefault(JudgeSettings, { kind: "evidence" }, "Who scores the usefulness of a query."),
  studentJudge: optional(
    StudentJudgeSettings,
    "A second judge, whose scores lie beside the first one's under the name `student`. They count only where `scoring.combine` names it."
  ),
  refinement: withDefault(RefinementSection, {}, "Which low-quality queries are rewritten, and by whom."),
  datasets: withDefault(DatasetSettings, {}, "What is folded from the log for training."),
  actors: withDefault(
    Schema.Record(Schema.String, ActorSettings),
    {},
    "How the actors are run, by name; an actor that is not named runs with the defaults."
  ),
  broker: withDefault(BrokerSettings, { kind: "embedded" }, "The event log."),
  training: optional(TrainingSettings, "Hyperparameters of the curriculum, for the engines that train."),
  curriculum: optional(CurriculumSettings, "The three stages: what each samples, and on what the policy is evaluated."),
  output: withDefault(OutputSettings, {}, "Where files are written.")
})
export type Settings = typeof Settings.Type

const decodeActor = Schema.decodeUnknownSync(ActorSettings)

/** How an actor is run. */
export const actorSettings = (settings: Settings, actor: string): ActorSettings =>
  (Object.hasOwn(settings.actors, actor) ? settings.actors[actor] : undefined) ?? decodeActor({})

/** The refinement rules as the log records them. */
export const refinementSettings = ({ refinement }: Settings): RefinementSettings => ({
  enabled: refinement.enabled,
  maxDepth: refinement.maxDepth,
  maxBranches: refinement.maxBranches
})

import { Effect, Result, Schema } from "effect"
import { student, teacher } from "../../actors/reward-judge/llmJudge.ts"
import { refinementSettings, type Settings } from "../../config/settings.ts"
import { codec, makeEvent } from "../../events/codec.ts"
import type { AnyEvent, NewEvent } from "../../events/envelope.ts"
import { actorSource, correlationId, initialTrajectoryId } from "../../events/ids.ts"
import type { RolloutSettings } from "../../events/shapes.ts"
import { stopAfterSearch } from "../../method/protocol.ts"
import { readScoringRules } from "../../method/scoringRules.ts"
import type { AppendError, ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"
import { now } from "../now.ts"
import type { RunPlan } from "./planRun.ts"
import { readRegistrations } from "./registrations.ts"

/** Thrown when a run of the same name is in the log with other settings: its events would contradict each other. */
export class RunConflict extends Schema.TaggedError<RunConflict>()("RunConflict", {
  runId: Schema.String,
  stored: Schema.String,
  given: Schema.String
}) {
  override get message(): string {
    return `run "${this.runId}" is in the log with other settings (${this.stored.slice(0, 12)}, now ${this.given.slice(0, 12)}); give this one another name (--run NAME)`
  }
}

/** How a run that is asked for stands in the log. */
export type RunState = "new" | "unfinished" | "completed"

const source = actorSource("command-run", "1")

const rolloutSettings = ({ settings, retriever }: RunPlan, sample: number): RolloutSettings => ({
  policy: settings.policy.model,
  system: settings.policy.system,
  sampling: { ...settings.policy.sampling, stop: [stopAfterSearch], seed: settings.run.seed + sample },
  maxTurns: settings.policy.maxTurns,
  maxResponseTokens: settings.policy.maxResponseTokens,
  retriever: retriever.name,
  topK: settings.retrieval.topK
})

/** The first events of a run, in the order of its questions: the same plan gives the same ids. Pure. */
export const runEvents = (plan: RunPlan, time: string): ReadonlyArray<AnyEvent> => {
  const { settings } = plan
  const runid = settings.run.name
  const samples = Array.from({ length: settings.run.samples }, (_, sample) => sample)
  const started: NewEvent = {
    type: "RunStarted",
    subject: runid,
    data: {
      rollouts: plan.sets.reduce((sum, set) => sum + set.questions.length, 0) * samples.length,
      questions: plan.sets.map((set) => ({ dataset: set.dataset, count: set.questions.length, sha256: set.sha256 })),
      retriever: { name: plan.retriever.name, fingerprint: plan.retriever.fingerprint },
      scoring: settings.scoring,
      refinement: refinementSettings(settings),
      config: plan.config,
      configHash: plan.hash,
      software: { version: plan.version, node: process.version }
    }
  }
  const context = { source, runid, time, correlationid: runid }
  const runStarted = makeEvent(started, { ...context, causationid: `run:${runid}`, ordinal: 0 })
  const requests = plan.sets.flatMap((set) =>
    set.questions.flatMap(({ question, prefix }) =>
      samples.map((sample): NewEvent => {
        const trajectoryId = initialTrajectoryId(runid, question.dataset, question.id, sample)
        return {
          type: "RolloutRequested",
          subject: trajectoryId,
          correlationid: correlationId(runid, question.dataset, question.id),
          data: {
            trajectoryId,
            rootId: trajectoryId,
            sample,
            branch: [],
            question,
            settings: rolloutSettings(plan, sample),
            ...(prefix === undefined ? {} : { prefix: { transcript: prefix, rounds: [], turns: [] } })
          }
        }
      })
    )
  )
  return [
    runStarted,
    ...requests.map((request, ordinal) => makeEvent(request, { ...context, causationid: runStarted.id, ordinal }))
  ]
}

/** What the log knows of a run: its configuration and the ids of its first events. */
const storedRun = (
  runId: string
): Effect.Effect<
  { readonly configHash: string | undefined; readonly ended: boolean; readonly ids: ReadonlySet<string> },
  ReadError,
  EventLog
> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const ids = new Set<string>()
    let configHash: string | undefined
    let ended = false
    yield* log.read({ types: ["RunStarted", "RolloutRequested", "RunCompleted", "RunFailed"] }, (message) => {
      const decoded = codec.decode(message.text())
      if (Result.isFailure(decoded) || decoded.success.runid !== runId) return
      const event = decoded.success
      ids.add(event.id)
      if (event.type === "RunStarted") configHash ??= event.data.configHash
      if (event.type === "RunCompleted" || event.type === "RunFailed") ended = true
    })
    return { configHash, ended, ids }
  })

/** How the run of that name stands: a name that was used with other settings is a conflict. */
export const runState = (
  runId: string,
  configHash: string
): Effect.Effect<RunState, ReadError | RunConflict, EventLog> =>
  Effect.flatMap(storedRun(runId), (stored) => {
    if (stored.configHash === undefined) return Effect.succeed("new")
    if (stored.configHash !== configHash) {
      return Effect.fail(new RunConflict({ runId, stored: stored.configHash, given: configHash }))
    }
    return Effect.succeed(stored.ended ? "completed" : "unfinished")
  })

/** Thrown when a run needs a score that nobody gives: it would wait for it for ever. */
export class NobodyScores extends Schema.TaggedError<NobodyScores>()("NobodyScores", {
  scorer: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `scoring.combine asks for "${this.scorer}", but the scorers are ${this.known.join(", ")}; add it first: smartsearch actors add FILE`
  }
}

const builtInScorers = ({ studentJudge }: Settings): ReadonlyArray<string> => [
  "novelty",
  teacher.scorer,
  ...(studentJudge === undefined ? [] : [student.scorer])
]

/** Every scorer that the combination names is built in or registered. */
const checkScorers = Effect.fnUntraced(function* ({ settings }: RunPlan) {
  const known = [...builtInScorers(settings), ...(yield* readRegistrations).keys()]
  const read = readScoringRules(settings.scoring)
  const missing = read.ok ? read.rules.combination.scorers.find((scorer) => !known.includes(scorer)) : undefined
  if (missing !== undefined) return yield* new NobodyScores({ scorer: missing, known })
})

/** Starts a run, or goes on with it: only the first events that the log lacks are stored. */
export const startRun = (
  plan: RunPlan
): Effect.Effect<void, ReadError | RunConflict | NobodyScores | AppendError, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const runId = plan.settings.run.name
    const stored = yield* storedRun(runId)
    if (stored.configHash !== undefined && stored.configHash !== plan.hash) {
      return yield* new RunConflict({ runId, stored: stored.configHash, given: plan.hash })
    }
    yield* checkScorers(plan)
    const [runStarted, ...requests] = runEvents(plan, yield* now).filter((event) => !stored.ids.has(event.id))
    if (runStarted === undefined) return
    const [first] = yield* log.append([runStarted])
    // Somebody may have started a run of that name in the same instant: the first one's settings hold.
    if (first?.duplicate === true) yield* runState(runId, plan.hash)
    yield* log.append(requests)
  })

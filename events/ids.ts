import { hash } from "node:crypto"

/**
 * Deterministic names. Whoever decides the same twice names it the same, so a redelivered message changes nothing:
 * the broker drops the second copy inside its duplicate window, every fold drops it after.
 */
const digest = (...parts: ReadonlyArray<string | number>): string => hash("sha256", parts.join("\n"), "hex")

/** Id of the `ordinal`-th event that `source` (an actor and its version) emits because of the event `causationId`. */
export const eventId = (source: string, causationId: string, ordinal: number): string =>
  digest(source, causationId, ordinal).slice(0, 32)

/** What ties together everything about one question in a run: all its samples, their branches, scores and refinements. */
export const correlationId = (runId: string, dataset: string, questionId: string): string =>
  `q${digest("question", runId, dataset, questionId).slice(0, 16)}`

/** Id of the `sample`-th initial trajectory of a question in a run. */
export const initialTrajectoryId = (runId: string, dataset: string, questionId: string, sample: number): string =>
  `t${digest("trajectory", runId, dataset, questionId, sample).slice(0, 16)}`

/** Id of the branch that replaces the query of `round` in a trajectory. */
export const branchTrajectoryId = (trajectoryId: string, round: number): string =>
  `t${digest("branch", trajectoryId, round).slice(0, 16)}`

/** Id of a training: by all that decides its weights, by where they are written, and by the run it belongs to, if any. */
export const trainingId = (objective: string, runId: string, decisive: string): string =>
  `${objective}-${digest("training", runId, decisive).slice(0, 12)}`

export const queryId = (trajectoryId: string, round: number): string => `${trajectoryId}:${round}`

/** The `source` of an actor's events. Another version names other events. */
export const actorSource = (name: string, version: string): string => `/actors/${name}/${version}`

/** W3C trace context of an event: one trace for each correlation (a question of a run, or the run), one span for each event. */
export const traceparent = (correlationId: string, id: string): string =>
  `00-${digest("trace", correlationId).slice(0, 32)}-${id.slice(0, 16)}-01`

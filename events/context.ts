import type { TrajectoryContext } from "./shapes.ts"

/** Which trajectory an event is about. */
export type TrajectoryIdentity = Pick<TrajectoryContext, "trajectoryId" | "rootId" | "sample" | "branch" | "origin">

/** The identity alone, out of whatever carries it: what the next event about the same trajectory repeats. */
export const identityOf = (data: TrajectoryIdentity): TrajectoryIdentity => ({
  trajectoryId: data.trajectoryId,
  rootId: data.rootId,
  sample: data.sample,
  branch: data.branch,
  ...(data.origin === undefined ? {} : { origin: data.origin })
})

/** The identity with the question and the settings. */
export const contextOf = (data: TrajectoryContext): TrajectoryContext => ({
  ...identityOf(data),
  question: data.question,
  settings: data.settings
})

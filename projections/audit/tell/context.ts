import type { Subject } from "../story.ts"

/** What the sentences of a story depend on besides their events. */
export interface TellingContext {
  readonly subject: Subject
  /** The trajectories that the subject's trajectory descends from. */
  readonly ancestors: ReadonlySet<string>
  /** Ids of the scores that count: each scorer's first one for a query. */
  readonly counting: ReadonlySet<string>
}

/** A sentence and its details. */
export interface Told<Details> {
  readonly headline: string
  readonly details: Details
}

/** How a trajectory is called in the story of its relative: nothing for the subject's own, else what it is to it. */
export const nameOf = (trajectoryId: string, { subject, ancestors }: TellingContext): string => {
  if (trajectoryId === subject.trajectoryId) return "the trajectory"
  return ancestors.has(trajectoryId) ? `its ancestor ${trajectoryId}` : `branch ${trajectoryId}`
}

/** The beginning of a sentence about a round; says whose it is where it is not the subject's own. */
export const roundOf = (
  data: { readonly trajectoryId: string; readonly round: number },
  context: TellingContext
): string =>
  data.trajectoryId === context.subject.trajectoryId
    ? `Round ${data.round}:`
    : `Round ${data.round} of ${nameOf(data.trajectoryId, context)}:`

export const capitalized = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1)

/** `1 document`, `2 documents`; the plural of a word that does not end in -s is given. */
export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  `${count} ${count === 1 ? singular : plural}`

export const quoted = (text: string): string => `"${text}"`

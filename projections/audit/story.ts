import type { AnyEvent } from "../../events/envelope.ts"
import type { AuditedType, DetailsByType } from "./details.ts"

/** An event with its place in the log. */
export interface LoggedEvent {
  /** From 1. */
  readonly sequence: number
  readonly event: AnyEvent
}

/** What a story is about. */
export type Subject = TrajectorySubject | QuerySubject

export interface TrajectorySubject {
  readonly kind: "trajectory"
  readonly trajectoryId: string
}

export interface QuerySubject {
  readonly kind: "query"
  /** The trajectory that issued it; branches that share the round share the query. */
  readonly trajectoryId: string
  readonly round: number
  readonly queryId: string
}

/** All that a log tells about a trajectory or a query, and where it was used. Nothing at all about an unknown one. */
export interface Story {
  readonly subject: Subject
  /** Oldest first; an event that stands in the log twice is told once. */
  readonly entries: ReadonlyArray<StoryEntry>
  /** Whether each dataset holds the trajectories that the story is about, and which rule decided. */
  readonly datasets: ReadonlyArray<DatasetVerdict>
}

/** One event of a story. `type` decides what its details are. */
export type StoryEntry = { readonly [T in AuditedType]: EntryOf<T> }[AuditedType]

export interface EntryOf<T extends AuditedType> {
  readonly sequence: number
  readonly time: string
  readonly eventId: string
  readonly type: T
  /** The actor or command with its version, or a person. */
  readonly by: string
  /** What happened, in a sentence. */
  readonly headline: string
  readonly details: DetailsByType[T]
}

/** What became of one trajectory in one dataset. */
export interface DatasetVerdict {
  /** The kind: `sft`, `dpo` or `rl`. */
  readonly dataset: string
  readonly trajectoryId: string
  readonly included: boolean
  /** The rows it is part of. */
  readonly rowIds: ReadonlyArray<string>
  /** What decided, with the numbers. */
  readonly reasons: ReadonlyArray<string>
  /** The newest dataset of that kind that was built of the run; absent when none was: then the usual settings decide. */
  readonly built?: { readonly eventId: string; readonly sequence: number; readonly location: string }
}

import type { EventType } from "../../events/registry.ts"
import { eventSubject, runOfSubject, typeOfSubject } from "../../events/subjects.ts"

/** Which events of the log are wanted: all that are not excluded. */
export interface Selection {
  /** Only these types. */
  readonly types?: ReadonlyArray<EventType>
  /** Only this run's. */
  readonly run?: string
}

/** The subjects that a server is asked for; none for everything. */
export const subjectsOf = ({ run, types }: Selection): ReadonlyArray<string> => {
  if (types !== undefined) return types.map((type) => eventSubject(type, run ?? "*"))
  return run === undefined ? [] : [eventSubject("*", run)]
}

/** Tells by its subject whether an event is wanted. */
export const selects = ({ run, types }: Selection): ((subject: string) => boolean) => {
  const wanted = types === undefined ? undefined : new Set<string>(types)
  return (subject) =>
    (wanted === undefined || wanted.has(typeOfSubject(subject))) && (run === undefined || runOfSubject(subject) === run)
}

/** The same selection in parts of one subject each, if it has any. */
export const apart = (selection: Selection): ReadonlyArray<Selection> =>
  selection.types === undefined || selection.types.length < 2
    ? [selection]
    : selection.types.map((type) => ({ ...selection, types: [type] }))

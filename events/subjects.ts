/**
 * Subjects have low cardinality: one token for the event type, one for the run. A trajectory's id never appears in one,
 * since JetStream slows down with hundreds of thousands of subjects.
 */

/** A run's id is one subject token of letters, digits, `-` and `_`. */
export const runIdPattern: RegExp = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** Run of events that belong to none, such as the registration of an actor. */
export const systemRunId = "system"

export const allEvents = "smartsearch.evt.*.*"
export const eventSubject = (type: string, runId: string): string => `smartsearch.evt.${type}.${runId}`
export const eventsOfType = (type: string): string => `smartsearch.evt.${type}.*`

/** The event type of a subject, without reading the message. */
export const typeOfSubject = (subject: string): string => {
  const start = "smartsearch.evt.".length
  return subject.slice(start, subject.indexOf(".", start))
}

/** The run of a subject, without reading the message. */
export const runOfSubject = (subject: string): string => subject.slice(subject.lastIndexOf(".") + 1)

export const allDeadLetters = "smartsearch.dlq.*.*"
export const deadLetterSubject = (actor: string, runId: string): string => `smartsearch.dlq.${actor}.${runId}`

/** Dead letters that go back to their actor. */
export const allRetries = "smartsearch.retry.*"
export const retrySubject = (actor: string): string => `smartsearch.retry.${actor}`

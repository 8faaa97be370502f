/**
 * What a model server can do instead of answering:
 *
 * - `server-error`: 500 with a JSON error; `rate-limit`: 429 with `Retry-After`
 * - `hang`: never answers; `reset`: the connection is reset before any answer
 * - `malformed-json`: a whole 200 reply whose body is not JSON; `html-page`: the error page of a proxy, with status 200
 * - `truncated-body`: the connection breaks in the middle of the body
 * - `truncated-reply`: a well-formed reply with half of the text, ended for length
 * - `no-choices`: JSON without any text in it
 */
export type Fault =
  | "server-error"
  | "rate-limit"
  | "hang"
  | "reset"
  | "malformed-json"
  | "html-page"
  | "truncated-body"
  | "truncated-reply"
  | "no-choices"

/** Decides the fault of the n-th generation request, counted from 1 in the order of arrival. */
export type FaultPlan = (requestNumber: number) => Fault | undefined

/** Every n-th request fails in the given way; where two fall on the same request the one named first wins. */
export const everyNth = (periods: Partial<Readonly<Record<Fault, number>>>): FaultPlan => {
  const faults = Object.keys(periods) as ReadonlyArray<Fault> // Object.keys forgets the key type
  return (requestNumber) => faults.find((fault) => requestNumber % (periods[fault] ?? Infinity) === 0)
}

/** The first requests fail in the given ways, one each; all later ones are answered. */
export const firstThen =
  (...faults: ReadonlyArray<Fault | undefined>): FaultPlan =>
  (requestNumber) =>
    faults[requestNumber - 1]

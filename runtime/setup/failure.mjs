/**
 * Thrown when the machine cannot be made ready: what failed and where, and what the reader can do about it.
 * `details` are the last lines of the tool that failed, shown indented below the one line.
 */
export class SetupFailure extends Error {
  /**
   * @param {{ what: string, remedy: string, details?: ReadonlyArray<string> }} failure
   */
  constructor({ what, remedy, details = [] }) {
    super(`${what}: ${remedy}`)
    this.name = "SetupFailure"
    this.details = details
  }
}

/** The text for standard error, ending with a line break. */
export const describeFailure = (/** @type {SetupFailure} */ failure) =>
  [`smartsearch: set-up failed: ${failure.message}`, ...failure.details.map((line) => `    ${line}`), ""].join("\n")

import { Formatter, SchemaIssue } from "effect"
import type { KeyPath } from "./document.ts"
import { didYouMean } from "./problems.ts"

/** What is wrong at one place of the configuration. */
export interface Finding {
  /** The place to point at; for a missing key, the mapping that lacks it. */
  readonly at: KeyPath
  readonly message: string
}

/** Says in one line each what a schema found wrong: `scoring.novelty.maxOverlap: expected a non-negative integer, got "one"`. */
export const findingsOf = (issue: SchemaIssue.Issue, path: KeyPath = []): ReadonlyArray<Finding> => {
  switch (issue._tag) {
    case "Pointer":
      return findingsOf(issue.issue, [...path, ...issue.path.map(segmentOf)])
    case "Encoding":
      return findingsOf(issue.issue, path)
    case "Filter":
      return isLeaf(issue.issue) ? [finding(path, mismatch(issue))] : findingsOf(issue.issue, path)
    case "Composite":
      return issue.issues.flatMap((inner) => findingsOf(inner, path))
    case "AnyOf":
      return issue.issues.length === 0
        ? [finding(path, mismatch(issue))]
        : issue.issues.flatMap((inner) => findingsOf(inner, path))
    case "MissingKey":
      return [finding(path.slice(0, -1), `missing key "${path.at(-1)}"`)]
    case "UnexpectedKey":
      return [{ at: path, message: prefixed(path.slice(0, -1), unknownKey(String(path.at(-1)), issue)) }]
    default:
      return [finding(path, mismatch(issue))]
  }
}

/** A finding whose message begins with the key it is about. */
export const finding = (at: KeyPath, message: string): Finding => ({ at, message: prefixed(at, message) })

const prefixed = (path: KeyPath, message: string): string =>
  path.length === 0 ? message : `${path.join(".")}: ${message}`

const segmentOf = (segment: PropertyKey): string | number => (typeof segment === "symbol" ? String(segment) : segment)

const isLeaf = (issue: SchemaIssue.Issue): boolean => issue._tag === "InvalidValue" || issue._tag === "InvalidType"

const unknownKey = (key: string, issue: SchemaIssue.UnexpectedKey): string => {
  const known = issue.ast._tag === "Objects" ? issue.ast.propertySignatures.map(({ name }) => String(name)) : []
  return `unknown key "${key}"${didYouMean(key, known)}`
}

const sentence = SchemaIssue.makeFormatterDefault()
const longest = 200

/** What was expected and what came. Effect's own sentence, unless the schema says in its annotations what it expects. */
const mismatch = (issue: SchemaIssue.Issue): string => {
  const expected = issue._tag === "InvalidType" ? issue.ast.annotations?.expected : undefined
  const text =
    typeof expected === "string"
      ? `expected ${expected}${SchemaIssue.hasInput(issue) ? `, got ${Formatter.format(issue.input)}` : ""}`
      : sentence(issue)
          .replace(/^Expected/, "expected")
          .replaceAll("\n", " ")
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}

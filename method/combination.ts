/**
 * What is known of a scorer's opinion, or of a whole round. `unscored` may still change; `unparsed` is final: the scorer
 * answered and nobody could read it. Neither is a 0 or a 1.
 */
export type Verdict = "high" | "low" | "unscored" | "unparsed"

export type Expression =
  | { readonly kind: "scorer"; readonly name: string }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }

/** How the verdicts of several scorers make one: the paper's `novelty and usefulness`, or any other. */
export interface Combination {
  readonly expression: Expression
  /** The scorers it asks for, each once, in order of appearance. */
  readonly scorers: ReadonlyArray<string>
}

/** The combination a parsed expression stands for. */
export const combinationOf = (expression: Expression): Combination => ({
  expression,
  scorers: [...new Set(scorersOf(expression))]
})

const scorersOf = (expression: Expression): ReadonlyArray<string> => {
  switch (expression.kind) {
    case "scorer":
      return [expression.name]
    case "not":
      return scorersOf(expression.operand)
    default:
      return [...scorersOf(expression.left), ...scorersOf(expression.right)]
  }
}

/**
 * The verdict of a combination, by Kleene's three-valued logic with `unscored` and `unparsed` as the unknown.
 *
 * One `low` settles an `and`, one `high` settles an `or`, whatever is still unknown. Of two unknowns `unscored` wins,
 * because the score to come may settle the question.
 */
export const evaluate = (combination: Combination, verdict: (scorer: string) => Verdict): Verdict =>
  evaluateExpression(combination.expression, verdict)

const evaluateExpression = (expression: Expression, verdict: (scorer: string) => Verdict): Verdict => {
  switch (expression.kind) {
    case "scorer":
      return verdict(expression.name)
    case "not":
      return negation[evaluateExpression(expression.operand, verdict)]
    default: {
      const verdicts = [evaluateExpression(expression.left, verdict), evaluateExpression(expression.right, verdict)]
      return strength[expression.kind].find((candidate) => verdicts.includes(candidate)) ?? "unscored"
    }
  }
}

const negation: Readonly<Record<Verdict, Verdict>> = {
  high: "low",
  low: "high",
  unscored: "unscored",
  unparsed: "unparsed"
}

/** Which of two verdicts prevails: the first one listed. */
const strength: Readonly<Record<"and" | "or", ReadonlyArray<Verdict>>> = {
  and: ["low", "unscored", "unparsed", "high"],
  or: ["high", "unscored", "unparsed", "low"]
}

/**
 * The scorers that speak against a round, in order of appearance: those that judged it low, and under an odd number of
 * `not` those that judged it high.
 */
export const objectors = (combination: Combination, verdict: (scorer: string) => Verdict): ReadonlyArray<string> => [
  ...new Set(objectorsOf(combination.expression, verdict, "low"))
]

const objectorsOf = (
  expression: Expression,
  verdict: (scorer: string) => Verdict,
  against: "high" | "low"
): ReadonlyArray<string> => {
  switch (expression.kind) {
    case "scorer":
      return verdict(expression.name) === against ? [expression.name] : []
    case "not":
      return objectorsOf(expression.operand, verdict, against === "low" ? "high" : "low")
    default:
      return [...objectorsOf(expression.left, verdict, against), ...objectorsOf(expression.right, verdict, against)]
  }
}

/** What came of reading a combination; `at` is the offset of the first character that does not fit. */
export type ParsedCombination =
  | { readonly ok: true; readonly combination: Combination }
  | { readonly ok: false; readonly message: string; readonly at: number }

/**
 * Reads a combination such as `novelty and (usefulness or not vague)`.
 *
 * Scorer names match `[a-z][a-z0-9-]*`; `not` binds tighter than `and`, `and` tighter than `or`; both associate to the left.
 */
export const parseCombination = (text: string): ParsedCombination => {
  const tokens = tokenize(text)
  const parsed = parseChain(tokens, 0, "or")
  if (!parsed.ok) return parsed
  const rest = tokenAt(tokens, parsed.next)
  return rest.text === ""
    ? { ok: true, combination: combinationOf(parsed.expression) }
    : unexpected(rest, `"and", "or" or the end`)
}

interface Token {
  /** Empty at the end of the text. */
  readonly text: string
  readonly at: number
}

/** Names, parentheses, any other single character, and one empty token for the end. */
const tokenize = (text: string): ReadonlyArray<Token> => [
  ...Array.from(text.matchAll(/[a-z][a-z0-9-]*|\S/gu), (match) => ({ text: match[0], at: match.index })),
  { text: "", at: text.length }
]

/** The end repeats for ever, so that looking ahead is always allowed. */
const tokenAt = (tokens: ReadonlyArray<Token>, index: number): Token =>
  tokens[Math.min(index, tokens.length - 1)] ?? { text: "", at: 0 }

type Parsed =
  | { readonly ok: true; readonly expression: Expression; readonly next: number }
  | { readonly ok: false; readonly message: string; readonly at: number }

const unexpected = (token: Token, expected: string) => ({
  ok: false as const,
  message: `expected ${expected}, found ${token.text === "" ? "the end" : `"${token.text}"`}`,
  at: token.at
})

/** One or more operands of the same binary operator; those of `or` are chains of `and`. */
const parseChain = (tokens: ReadonlyArray<Token>, start: number, kind: "and" | "or"): Parsed => {
  const operand = (from: number) => (kind === "or" ? parseChain(tokens, from, "and") : parseOperand(tokens, from))
  let left = operand(start)
  while (left.ok && tokenAt(tokens, left.next).text === kind) {
    const right = operand(left.next + 1)
    if (!right.ok) return right
    left = { ok: true, expression: { kind, left: left.expression, right: right.expression }, next: right.next }
  }
  return left
}

const parseOperand = (tokens: ReadonlyArray<Token>, start: number): Parsed => {
  const token = tokenAt(tokens, start)
  if (token.text === "not") {
    const operand = parseOperand(tokens, start + 1)
    return operand.ok ? { ...operand, expression: { kind: "not", operand: operand.expression } } : operand
  }
  if (token.text === "(") {
    const inner = parseChain(tokens, start + 1, "or")
    if (!inner.ok) return inner
    const close = tokenAt(tokens, inner.next)
    return close.text === ")" ? { ...inner, next: inner.next + 1 } : unexpected(close, `"and", "or" or ")"`)
  }
  return isScorerName(token.text)
    ? { ok: true, expression: { kind: "scorer", name: token.text }, next: start + 1 }
    : unexpected(token, `a scorer name, "not" or "("`)
}

const isScorerName = (text: string): boolean => /^[a-z]/.test(text) && text !== "and" && text !== "or" && text !== "not"

/** The combination as text with no more parentheses than needed: reading it again gives the same expression. */
export const printCombination = (combination: Combination): string => printExpression(combination.expression)

const printExpression = (expression: Expression): string => {
  switch (expression.kind) {
    case "scorer":
      return expression.name
    case "not":
      return `not ${printInside(expression.operand, binding.not)}`
    default: {
      const own = binding[expression.kind]
      return `${printInside(expression.left, own)} ${expression.kind} ${printInside(expression.right, own + 1)}`
    }
  }
}

/** In parentheses when its operator binds weaker than its place demands. */
const printInside = (expression: Expression, demanded: number): string =>
  binding[expression.kind] < demanded ? `(${printExpression(expression)})` : printExpression(expression)

const binding = { or: 1, and: 2, not: 3, scorer: 4 } as const

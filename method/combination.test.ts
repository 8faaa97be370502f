import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  type Combination,
  combinationOf,
  type Expression,
  evaluate,
  objectors,
  parseCombination,
  printCombination,
  type Verdict
} from "./combination.ts"

const parse = (text: string): Combination => {
  const parsed = parseCombination(text)
  if (!parsed.ok) throw new Error(`${parsed.message} at ${parsed.at}`)
  return parsed.combination
}

/** Verdicts by scorer; a scorer that is not named has not scored. */
const given = (verdicts: Readonly<Record<string, Verdict>>) => (scorer: string) => verdicts[scorer] ?? "unscored"

const Verdicts = Schema.Literals(["high", "low", "unscored", "unparsed"])

/** Any expression over names that are easy to confuse with operators. */
const AnyExpression: Schema.Codec<Expression> = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("scorer"), name: Schema.Literals(["a", "b-2", "nota", "or-", "andy"]) }),
  Schema.Struct({ kind: Schema.Literal("not"), operand: Schema.suspend(() => AnyExpression) }),
  Schema.Struct({
    kind: Schema.Literals(["and", "or"]),
    left: Schema.suspend(() => AnyExpression),
    right: Schema.suspend(() => AnyExpression)
  })
])

describe("parseCombination", () => {
  it.each<[text: string, printed: string, scorers: ReadonlyArray<string>]>([
    ["novelty and usefulness", "novelty and usefulness", ["novelty", "usefulness"]],
    ["  novelty\n", "novelty", ["novelty"]],
    ["a or b and c", "a or b and c", ["a", "b", "c"]],
    ["(a or b) and c", "(a or b) and c", ["a", "b", "c"]],
    ["a or (b and c)", "a or b and c", ["a", "b", "c"]],
    ["a and b and c", "a and b and c", ["a", "b", "c"]],
    ["a and (b and c)", "a and (b and c)", ["a", "b", "c"]],
    ["not a and b", "not a and b", ["a", "b"]],
    ["not (a and b)", "not (a and b)", ["a", "b"]],
    ["not(not a)", "not not a", ["a"]],
    ["((b))or(a)or(b)", "b or a or b", ["b", "a"]],
    ["llm-judge-2 and notable", "llm-judge-2 and notable", ["llm-judge-2", "notable"]]
  ])("reads %j", (text, printed, scorers) => {
    expect(printCombination(parse(text))).toBe(printed)
    expect(parse(text).scorers).toEqual(scorers)
  })

  it.each<[text: string, message: string, at: number]>([
    ["", `expected a scorer name, "not" or "(", found the end`, 0],
    ["   ", `expected a scorer name, "not" or "(", found the end`, 3],
    ["and a", `expected a scorer name, "not" or "(", found "and"`, 0],
    ["a and", `expected a scorer name, "not" or "(", found the end`, 5],
    ["a and or b", `expected a scorer name, "not" or "(", found "or"`, 6],
    ["not", `expected a scorer name, "not" or "(", found the end`, 3],
    ["a b", `expected "and", "or" or the end, found "b"`, 2],
    ["a)", `expected "and", "or" or the end, found ")"`, 1],
    ["(a", `expected "and", "or" or ")", found the end`, 2],
    ["(a b)", `expected "and", "or" or ")", found "b"`, 3],
    ["()", `expected a scorer name, "not" or "(", found ")"`, 1],
    ["a and Novelty", `expected a scorer name, "not" or "(", found "N"`, 6],
    ["a & b", `expected "and", "or" or the end, found "&"`, 2],
    ["a and 2b", `expected a scorer name, "not" or "(", found "2"`, 6]
  ])("refuses %j and says where", (text, message, at) => {
    expect(parseCombination(text)).toEqual({ ok: false, message, at })
  })

  it.prop("reads back what printCombination wrote", [AnyExpression], ([expression]) => {
    const combination = combinationOf(expression)
    expect(parse(printCombination(combination))).toEqual(combination)
  })
})

describe("evaluate", () => {
  it.each<[text: string, verdicts: Record<string, Verdict>, verdict: Verdict]>([
    ["a and b", { a: "high", b: "high" }, "high"],
    ["a and b", { a: "high", b: "low" }, "low"],
    ["a and b", { a: "low" }, "low"],
    ["a and b", { a: "low", b: "unparsed" }, "low"],
    ["a and b", { a: "high" }, "unscored"],
    ["a and b", { a: "high", b: "unparsed" }, "unparsed"],
    ["a and b", { b: "unparsed" }, "unscored"],
    ["a or b", { a: "low", b: "low" }, "low"],
    ["a or b", { a: "high", b: "unparsed" }, "high"],
    ["a or b", { a: "low", b: "unparsed" }, "unparsed"],
    ["a or b", { a: "unparsed" }, "unscored"],
    ["not a", { a: "high" }, "low"],
    ["not a", { a: "low" }, "high"],
    ["not a", { a: "unparsed" }, "unparsed"],
    ["not a", {}, "unscored"],
    ["a and not b or c", { a: "high", b: "high", c: "low" }, "low"],
    ["a and not b or c", { a: "high", b: "low" }, "high"]
  ])("%s with %j is %s", (text, verdicts, verdict) => {
    expect(evaluate(parse(text), given(verdicts))).toBe(verdict)
  })

  const three = { a: Verdicts, b: Verdicts, c: Verdicts }
  const value = (text: string, verdicts: Readonly<Record<string, Verdict>>) => evaluate(parse(text), given(verdicts))

  it.prop("obeys the laws of and, or and not", three, (verdicts) => {
    const same = (left: string, right: string) => expect(value(left, verdicts)).toBe(value(right, verdicts))
    same("a and b", "b and a")
    same("a or b", "b or a")
    same("a and (b and c)", "a and b and c")
    same("a or (b or c)", "a or b or c")
    same("a and a", "a")
    same("a or a", "a")
    same("not not a", "a")
    same("not (a and b)", "not a or not b")
    same("not (a or b)", "not a and not b")
  })

  it.prop("obeys absorption and distribution where the two unknowns count as one", three, (verdicts) => {
    const known = (text: string) => {
      const verdict = value(text, verdicts)
      return verdict === "high" || verdict === "low" ? verdict : "unknown"
    }
    expect(known("a and (a or b)")).toBe(known("a"))
    expect(known("a or a and b")).toBe(known("a"))
    expect(known("a and (b or c)")).toBe(known("a and b or a and c"))
    expect(known("a or b and c")).toBe(known("(a or b) and (a or c)"))
  })

  it.prop(
    "never takes back a definite verdict when an unknown becomes known",
    [AnyExpression, Verdicts, Verdicts, Schema.Literals(["high", "low"])],
    ([expression, a, b, later]) => {
      const combination = combinationOf(expression)
      const before = evaluate(combination, given({ a, "b-2": b }))
      const after = evaluate(combination, given({ a: a === "unscored" ? later : a, "b-2": b }))
      if (before === "high" || before === "low") expect(after).toBe(before)
    }
  )
})

describe("objectors", () => {
  it.each<[text: string, verdicts: Record<string, Verdict>, scorers: ReadonlyArray<string>]>([
    ["a and b", { a: "low", b: "low" }, ["a", "b"]],
    ["b and a", { a: "low", b: "low" }, ["b", "a"]],
    ["a and b", { a: "low", b: "high" }, ["a"]],
    ["a and b", { a: "unparsed" }, []],
    ["a and not b", { a: "high", b: "high" }, ["b"]],
    ["a and not b", { a: "high", b: "low" }, []],
    ["a and (a or b)", { a: "low", b: "high" }, ["a"]],
    ["not not a", { a: "low" }, ["a"]]
  ])("of %s with %j are %j", (text, verdicts, scorers) => {
    expect(objectors(parse(text), given(verdicts))).toEqual(scorers)
  })
})

import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { Verdict } from "../../method/combination.ts"
import { measureAgreement } from "./measure.ts"
import type { AgreementRow } from "./row.ts"
import { renderAgreement } from "./table.ts"

const place = { dataset: "demo", questionId: "q", runId: "run", sample: 0, branch: [], trajectoryId: "t" }

const rowsOf = (pairs: ReadonlyArray<readonly [teacher: Verdict, student: Verdict]>): ReadonlyArray<AgreementRow> =>
  pairs.map(([teacher, student], i) => ({
    ...place,
    round: i + 1,
    queryId: `t:${i + 1}`,
    query: `query ${i + 1}`,
    teacher,
    student
  }))

/** As many queries of each kind. */
const counted = (bothHigh: number, onlyTeacher: number, onlyStudent: number, bothLow: number) =>
  rowsOf([
    ...Array.from({ length: bothHigh }, () => ["high", "high"] as const),
    ...Array.from({ length: onlyTeacher }, () => ["high", "low"] as const),
    ...Array.from({ length: onlyStudent }, () => ["low", "high"] as const),
    ...Array.from({ length: bothLow }, () => ["low", "low"] as const)
  ])

const verdicts = Schema.Literals(["high", "low", "unparsed", "unscored"])
const pairs = Arbitrary.schema(Schema.Array(Schema.Tuple([verdicts, verdicts])))

describe("a measured agreement", () => {
  it("counts every query once", () => {
    const rows = rowsOf([
      ["high", "high"],
      ["high", "low"],
      ["low", "high"],
      ["low", "low"],
      ["low", "low"],
      ["high", "unparsed"],
      ["low", "unscored"],
      ["unparsed", "high"],
      ["unscored", "unparsed"]
    ])
    const { confusion, compared, rate } = measureAgreement(rows)
    expect(confusion).toEqual({
      bothHigh: 1,
      bothLow: 2,
      onlyTeacherHigh: 1,
      onlyStudentHigh: 1,
      unparsed: 1,
      missing: 1,
      unjudged: 2
    })
    expect([compared, rate]).toEqual([5, 0.6])
  })

  it.each<[behaviour: string, counts: readonly [number, number, number, number], kappa: number | undefined]>([
    ["agree in all", [3, 0, 0, 2], 1],
    ["disagree in all, and equally often", [0, 2, 2, 0], -1],
    ["agree as often as chance would have it", [1, 1, 1, 1], 0],
    ["agree in 35 of 50, when chance would have it in 25", [20, 5, 10, 15], 0.4],
    ["give nothing but 1s", [4, 0, 0, 0], undefined],
    ["compare nothing", [0, 0, 0, 0], undefined]
  ])("has this kappa where the two %s", (_, counts, kappa) => {
    const measured = measureAgreement(counted(...counts)).kappa
    if (kappa === undefined) expect(measured).toBeUndefined()
    else expect(measured).toBeCloseTo(kappa, 12)
  })

  it("names the disagreements in the order of the rows", () => {
    const rows = rowsOf([
      ["high", "low"],
      ["high", "high"],
      ["low", "unparsed"],
      ["low", "high"]
    ])
    expect(measureAgreement(rows).disagreements.map(({ queryId }) => queryId)).toEqual(["t:1", "t:4"])
  })

  it.prop("is the same for both whichever of them is the teacher", [pairs], ([pairs]) => {
    const there = measureAgreement(rowsOf(pairs))
    const back = measureAgreement(rowsOf(pairs.map(([teacher, student]) => [student, teacher])))
    expect([back.compared, back.rate, back.kappa]).toEqual([there.compared, there.rate, there.kappa])
    expect(Object.values(there.confusion).reduce((sum, n) => sum + n, 0)).toBe(pairs.length)
  })
})

describe("the table of an agreement", () => {
  const scorers = { teacher: "usefulness", student: "student" }
  const told = (rows: ReadonlyArray<AgreementRow>) => renderAgreement(measureAgreement(rows), scorers)

  it("shows who gave what, the figures, what was left out, and the queries to look at", () => {
    const rows = [...counted(20, 1, 0, 15), ...rowsOf([["high", "unparsed"]])]
    expect(told(rows)).toBe(`Queries       student 1  student 0
────────────  ─────────  ─────────
usefulness 1         20          1
usefulness 0          0         15

Agreement: 97.2 % of 36 queries. Cohen's kappa: 0.94.

Left out: 1 where student gave a score that could not be read.

Disagreement  usefulness  student  Query
────────────  ──────────  ───────  ────────
t:21                   1        0  query 21`)
  })

  it("shows the first twenty disagreements and counts the rest", () => {
    const text = told(counted(0, 25, 0, 0))
    expect(text).toContain("t:20")
    expect(text).not.toContain("t:21")
    expect(text.endsWith("And 5 more.")).toBe(true)
  })

  it("says so when there is nothing to compare", () => {
    expect(told(rowsOf([["high", "unscored"]]))).toContain("No query has a score of usefulness and one of student.")
  })
})

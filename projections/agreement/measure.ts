import type { AgreementRow } from "./row.ts"

/** How far a student agrees with its teacher. Every row is counted once in `confusion`. */
export interface Agreement {
  readonly confusion: Confusion
  /** Queries that both gave a score which could be read. */
  readonly compared: number
  /** Share of those to which both gave the same; undefined without any. */
  readonly rate: number | undefined
  /** Cohen's kappa: 1 for full agreement, 0 for what chance would give; undefined where chance leaves nothing to disagree about. */
  readonly kappa: number | undefined
  /** The queries that they scored differently, in canonical order. */
  readonly disagreements: ReadonlyArray<AgreementRow>
}

export interface Confusion {
  readonly bothHigh: number
  readonly bothLow: number
  readonly onlyTeacherHigh: number
  readonly onlyStudentHigh: number
  /** The teacher's score is known, and the student's could not be read. */
  readonly unparsed: number
  /** The teacher's score is known, and the student gave none. */
  readonly missing: number
  /** The teacher gave no score that could be read. */
  readonly unjudged: number
}

/** Counts rows. They come in canonical order, as the projection gives them. */
export const measureAgreement = (rows: ReadonlyArray<AgreementRow>): Agreement => {
  const counted = Map.groupBy(rows, cellOf)
  const count = (cell: keyof Confusion): number => counted.get(cell)?.length ?? 0
  const confusion: Confusion = {
    bothHigh: count("bothHigh"),
    bothLow: count("bothLow"),
    onlyTeacherHigh: count("onlyTeacherHigh"),
    onlyStudentHigh: count("onlyStudentHigh"),
    unparsed: count("unparsed"),
    missing: count("missing"),
    unjudged: count("unjudged")
  }
  const { bothHigh, bothLow, onlyStudentHigh, onlyTeacherHigh } = confusion
  const compared = bothHigh + bothLow + onlyStudentHigh + onlyTeacherHigh
  return {
    confusion,
    compared,
    rate: compared === 0 ? undefined : (bothHigh + bothLow) / compared,
    kappa: kappaOf(confusion, compared),
    disagreements: rows.filter((row) => ["onlyTeacherHigh", "onlyStudentHigh"].includes(cellOf(row)))
  }
}

const cellOf = ({ student, teacher }: AgreementRow): keyof Confusion => {
  if (teacher !== "high" && teacher !== "low") return "unjudged"
  if (student === "unparsed") return "unparsed"
  if (student === "unscored") return "missing"
  if (teacher === student) return teacher === "high" ? "bothHigh" : "bothLow"
  return teacher === "high" ? "onlyTeacherHigh" : "onlyStudentHigh"
}

/** (p_o − p_e) / (1 − p_e), in counts: p_e is the agreement of two who give as many 1s, but at random. */
const kappaOf = (
  { bothHigh, bothLow, onlyStudentHigh, onlyTeacherHigh }: Confusion,
  compared: number
): number | undefined => {
  const teacherHigh = bothHigh + onlyTeacherHigh
  const studentHigh = bothHigh + onlyStudentHigh
  const byChance = teacherHigh * studentHigh + (compared - teacherHigh) * (compared - studentHigh)
  const all = compared ** 2
  return byChance === all ? undefined : ((bothHigh + bothLow) * compared - byChance) / (all - byChance)
}

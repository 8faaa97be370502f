import type { ScoringSettings } from "../../events/shapes.ts"
import type { DatasetKind, DatasetRow } from "./dataset.ts"
import { dpo } from "./dpo.ts"
import { rl } from "./rl.ts"
import { sft } from "./sft.ts"
import { student } from "./student.ts"

/** The datasets of the curriculum, in the order of its stages. */
export const datasetKinds = ["sft", "dpo", "rl"] as const

/** Those, and what a student judge learns from. */
export const everyDatasetKind = [...datasetKinds, "student"] as const
export type DatasetKindName = (typeof everyDatasetKind)[number]

/**
 * Uses the kind of that name: what is done with it must work for every kind, whatever its state, settings and rows are.
 */
export const withDatasetKind = <A>(
  name: DatasetKindName,
  use: <State, Config extends ScoringSettings, Row extends DatasetRow>(kind: DatasetKind<State, Config, Row>) => A
): A => {
  switch (name) {
    case "sft":
      return use(sft)
    case "dpo":
      return use(dpo)
    case "rl":
      return use(rl)
    case "student":
      return use(student)
  }
}

import type { ScoringSettings } from "../../events/shapes.ts"
import type { DatasetKind, DatasetRow } from "./dataset.ts"
import { dpo } from "./dpo.ts"
import { rl } from "./rl.ts"
import { sft } from "./sft.ts"

export const datasetKinds = ["sft", "dpo", "rl"] as const
export type DatasetKindName = (typeof datasetKinds)[number]

/** Uses the kind of that name: what is done with it must work for every kind, whatever its state, settings and rows are. */
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
  }
}

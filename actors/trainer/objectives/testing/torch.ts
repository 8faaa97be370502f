import { readFileSync } from "node:fs"
import { Schema } from "effect"

const Rows = Schema.Array(Schema.Array(Schema.Finite))
const Numbers = Schema.Array(Schema.Finite)
const told = { loss: Schema.Finite, metrics: Schema.Record(Schema.String, Schema.Finite) }

const Cases = Schema.Struct({
  mask: Rows,
  logProbs: Rows,
  sft: Schema.Struct(told),
  dpo: Schema.Struct({ ...told, beta: Schema.Finite, referenceRows: Numbers }),
  grpo: Schema.Struct({
    ...told,
    clipLow: Schema.Finite,
    clipHigh: Schema.Finite,
    klCoefficient: Schema.Finite,
    old: Rows,
    reference: Rows,
    advantages: Numbers
  })
})

/** What PyTorch makes of the objectives, and of what inputs (`test/fixtures/torch/README.md`). */
export const torch = Schema.decodeUnknownSync(Cases)(
  JSON.parse(readFileSync(new URL("../../../../test/fixtures/torch/gradients/cases.json", import.meta.url), "utf8"))
)

import { Schema } from "effect"
import { LooseNumber, readLoosely } from "./looseJson.ts"
import type { StepDetails } from "./trainerLog.ts"

/** The file in which Transformers' `Trainer` keeps the metrics of all steps, in every checkpoint and at the end. */
export const trainerStateFile = "trainer_state.json"

const readState = readLoosely(
  Schema.Struct({
    log_history: Schema.Array(
      Schema.Struct({ step: Schema.Natural, grad_norm: LooseNumber, "rewards/margins": LooseNumber })
    )
  })
)

/** What the file tells of each step; undefined when it can't be read. */
export const detailsByStep = (state: string): ReadonlyMap<number, StepDetails> | undefined => {
  const read = readState(state)
  if (read === undefined) return undefined
  return new Map(
    read.log_history.map((entry) => [
      entry.step,
      { gradientNorm: entry.grad_norm ?? undefined, margin: entry["rewards/margins"] ?? undefined }
    ])
  )
}

const metric = (name: string) => new RegExp(`'${name}': '?([-+.\\deE]+)'?[,}]`)
const [loss, gradientNorm, margin] = ["loss", "grad_norm", "rewards/margins"].map(metric)

/**
 * Reads the line that the `Trainer` prints after a step, a Python dictionary (`{'loss': 0.69, 'grad_norm': 1.2, …}`, with the
 * numbers in quotes since Transformers 5); undefined for any other line.
 */
export const readPrinted = (line: string): StepDetails | undefined => {
  const numberIn = (pattern: RegExp | undefined) => {
    const text = pattern?.exec(line)?.[1]
    return text === undefined || Number.isNaN(Number(text)) ? undefined : Number(text)
  }
  if (!line.startsWith("{'") || numberIn(loss) === undefined) return undefined
  return { gradientNorm: numberIn(gradientNorm), margin: numberIn(margin) }
}

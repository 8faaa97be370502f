import { join } from "node:path"
import type { DataOf } from "../../events/registry.ts"

/** Where a training puts what it writes. */
export interface OutputFolder {
  /** The request, by which the same training is known again. */
  readonly request: string
  /** The trained policy, in Hugging Face's layout. */
  readonly policy: string
  /** The adapter alone, in PEFT's layout. */
  readonly adapter: string
  readonly checkpoints: string
  /** The curves, for a browser. */
  readonly report: string
}

/** The places inside the output folder of a training. */
export const outputFolder = ({ output }: Pick<DataOf<"TrainingRequested">, "output">): OutputFolder => ({
  request: join(output, "training.json"),
  policy: join(output, "policy"),
  adapter: join(output, "adapter"),
  checkpoints: join(output, "checkpoints"),
  report: join(output, "report.html")
})

/** The folder of a checkpoint; names sort by step. */
export const checkpointFolder = (request: Pick<DataOf<"TrainingRequested">, "output">, step: number): string =>
  join(outputFolder(request).checkpoints, `step-${String(step).padStart(8, "0")}`)

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { Effect, Option, Schema } from "effect"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import { TrainingRequest } from "../../../events/training.ts"
import { checkFolder } from "../../files/folders.ts"
import { toldDifferences } from "./differences.ts"
import { refuse } from "./trainingRefused.ts"

const decodeRequest = Schema.decodeUnknownOption(Schema.fromJsonString(TrainingRequest))

/**
 * Fails unless the output folder is to be made, is empty, or holds this very training; and can be written into. One that was
 * `prepared` for a training may hold what that training begins with.
 */
export const checkOutput = Effect.fn("checkOutput")(function* (request: TrainingRequest, prepared: boolean) {
  const { output } = request
  const file = outputFolder(request).request
  if (prepared ? existsSync(file) : isFilled(output)) {
    const stored = existsSync(file) ? decodeRequest(readFileSync(file, "utf8")) : Option.none()
    if (Option.isNone(stored)) {
      return yield* refuse(`${output}: the folder holds something that is no training; choose another or empty it`)
    }
    if (stored.value.trainingId !== request.trainingId) {
      return yield* refuse(
        `${output}: the folder holds another training (${differences(stored.value, request) ?? "of another run"}); choose another folder, or the same settings to go on`
      )
    }
  }
  yield* checkFolder(output)
})

/** Whether a folder is there with anything in it. */
export const isFilled = (folder: string): boolean =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true && readdirSync(folder).length > 0

const differences = (stored: TrainingRequest, asked: TrainingRequest): string | undefined =>
  toldDifferences(decisive(stored), decisive(asked))

/** What makes it the training that it is, but for the run. */
const decisive = ({ trainingId: _, name: __, base, dataset, ...rest }: TrainingRequest) => ({
  ...rest,
  base: base.sha256,
  dataset: dataset.sha256
})

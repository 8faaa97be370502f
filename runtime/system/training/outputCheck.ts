import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { Effect, Option, Schema } from "effect"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import { TrainingRequest } from "../../../events/training.ts"
import { differingKeys, leavesOf } from "../../../projections/datasets/leaves.ts"
import { checkFolder } from "../../files/folders.ts"
import { refuse } from "./trainingRefused.ts"

const decodeRequest = Schema.decodeUnknownOption(Schema.fromJsonString(TrainingRequest))

/** Fails unless the output folder is to be made, is empty, or holds this very training; and can be written into. */
export const checkOutput = Effect.fn("checkOutput")(function* (request: TrainingRequest) {
  const { output } = request
  if (isFilled(output)) {
    const file = outputFolder(request).request
    const stored = existsSync(file) ? decodeRequest(readFileSync(file, "utf8")) : Option.none()
    if (Option.isNone(stored)) {
      return yield* refuse(`${output}: the folder holds something that is no training; choose another or empty it`)
    }
    if (stored.value.trainingId !== request.trainingId) {
      return yield* refuse(
        `${output}: the folder holds another training (${differences(stored.value, request)}); choose another folder, or the same settings to go on`
      )
    }
  }
  yield* checkFolder(output)
})

const isFilled = (folder: string): boolean =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true && readdirSync(folder).length > 0

/** What differs between two requests, the first few keys of it. */
const differences = (stored: TrainingRequest, asked: TrainingRequest): string => {
  const [then, now] = [decisive(stored), decisive(asked)]
  const keys = differingKeys(then, now).slice(0, 3)
  const [before, after] = [leavesOf(then), leavesOf(now)]
  const told = keys.map((key) => `${key} was ${before.get(key) ?? "absent"}, is ${after.get(key) ?? "absent"}`)
  return told.length === 0 ? "of another run" : told.join("; ")
}

/** What makes it the training that it is, but for the run. */
const decisive = ({ trainingId: _, name: __, base, dataset, ...rest }: TrainingRequest) => ({
  ...rest,
  base: base.sha256,
  dataset: dataset.sha256
})

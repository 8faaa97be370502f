import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option, Schema } from "effect"
import { PretrainSettings } from "../../../../config/training.ts"
import { checkFolder, FolderError, makeFolder, refusal } from "../../../files/folders.ts"
import { toldDifferences } from "../differences.ts"
import { isFilled } from "../outputCheck.ts"
import { refuse } from "../trainingRefused.ts"

/** What a pretraining writes beside what its training does. */
export const pretrainingFolder = (output: string) => ({
  /** What it is, by which the same one is known again. */
  record: join(output, "pretraining.json"),
  /** The policy that the training starts from, in Hugging Face's layout. */
  untrained: join(output, "untrained")
})

/** What makes a pretraining the one that it is. */
const recipe = { dataset: Schema.NonEmptyString, seed: Schema.Int, settings: PretrainSettings }

const Recipe = Schema.Struct(recipe)
export type Recipe = typeof Recipe.Type

/** What an output folder says of the pretraining in it: `untrained` is the digest of the untrained policy, once it is made. */
const PretrainingRecord = Schema.Struct({ ...recipe, untrained: Schema.optionalKey(Schema.NonEmptyString) })
export type PretrainingRecord = typeof PretrainingRecord.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(PretrainingRecord))

/** The name of a record that is being written. */
const unfinished = "pretraining.json.partial"

/**
 * The record in an output folder; undefined when the folder is to be made or is empty. Fails when it holds anything else, or
 * can't be written into.
 */
export const readRecord = Effect.fn("readRecord")(function* (output: string, asked: Recipe) {
  const file = pretrainingFolder(output).record
  yield* checkFolder(output)
  if (!isFilled(output) || readdirSync(output).every((name) => name === unfinished)) return undefined
  const stored = existsSync(file) ? decode(readFileSync(file, "utf8")) : Option.none()
  if (Option.isNone(stored)) {
    return yield* refuse(`${output}: the folder holds something that is no pretraining; choose another or empty it`)
  }
  const { untrained: _, ...then } = stored.value
  const differences = toldDifferences(then, asked)
  if (differences !== undefined) {
    return yield* refuse(
      `${output}: the folder holds another pretraining (${differences}); choose another folder, or the same settings to go on`
    )
  }
  return stored.value
})

/** Writes the record of an output folder, which is made where it is missing. */
export const writeRecord = Effect.fn("writeRecord")(function* (output: string, record: PretrainingRecord) {
  yield* makeFolder(output, 0o777)
  const partial = join(output, unfinished)
  yield* Effect.try({
    try: () => {
      writeFileSync(partial, `${JSON.stringify(record, null, 2)}\n`, { flush: true })
      renameSync(partial, pretrainingFolder(output).record)
    },
    catch: (cause) => new FolderError({ folder: output, detail: refusal(cause, output) })
  })
})

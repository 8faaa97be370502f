import { mkdir, rename, writeFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { Effect } from "effect"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import type { TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { diskRefused } from "./failures.ts"

/** Files by their paths in a folder. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/** Writes files into a folder, each one complete or not at all; what else is there stays. */
export const writeFolder = (folder: string, files: Files): Effect.Effect<void, TrainingError> =>
  Effect.tryPromise({
    try: async () => {
      for (const [name, contents] of Object.entries(files)) {
        const file = join(folder, name)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(`${file}.partial`, contents)
        await rename(`${file}.partial`, file)
      }
    },
    catch: diskRefused
  })

/**
 * Writes the files of a training into its work folder. The request goes into the output folder, by which it is known again.
 */
export const writeFiles = (
  request: TrainingRequest,
  folder: string,
  files: Files
): Effect.Effect<void, TrainingError> => {
  const known = relative(folder, outputFolder(request).request)
  return writeFolder(folder, { ...files, [known]: `${JSON.stringify(request, null, 2)}\n` })
}

import { mkdir, rename, writeFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { Effect } from "effect"
import { outputFolder } from "../../../actors/trainer/outputFolder.ts"
import type { TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import type { TrainingRequest } from "../../../events/training.ts"
import { diskRefused } from "./failures.ts"

/** Files by their paths in a folder. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/**
 * Writes the files of a training into its work folder, each one complete or not at all; what else is there stays. The request
 * goes into the output folder, by which it is known again.
 */
export const writeFiles = (
  request: TrainingRequest,
  folder: string,
  files: Files
): Effect.Effect<void, TrainingError> =>
  Effect.tryPromise({
    try: async () => {
      const known = relative(folder, outputFolder(request).request)
      const all = { ...files, [known]: `${JSON.stringify(request, null, 2)}\n` }
      for (const [name, contents] of Object.entries(all)) {
        const file = join(folder, name)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(`${file}.partial`, contents)
        await rename(`${file}.partial`, file)
      }
    },
    catch: diskRefused
  })

import { mkdir, rename, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import type { TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import { diskRefused } from "./failures.ts"

/** Files by their paths in a folder. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/** Writes files into a folder, each one complete or not at all; what else is there stays. */
export const writeFiles = (folder: string, files: Files): Effect.Effect<void, TrainingError> =>
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

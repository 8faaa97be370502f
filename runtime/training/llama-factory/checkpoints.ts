import { existsSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { layout } from "./layout.ts"
import { trainerStateFile } from "./trainerState.ts"

/**
 * The newest complete checkpoint in a work folder, as a path in it; undefined when there is none. The `Trainer` writes its
 * state last, so a checkpoint without it was interrupted, and is removed: LLaMA-Factory would go on from it.
 */
export const lastCheckpoint = (folder: string): Effect.Effect<string | undefined> =>
  Effect.sync(() => {
    const trained = join(folder, layout.trained)
    const found = existsSync(trained) ? readdirSync(trained).filter((name) => /^checkpoint-\d+$/.test(name)) : []
    const isComplete = (name: string) => existsSync(join(trained, name, trainerStateFile))
    for (const name of found.filter((name) => !isComplete(name))) rmSync(join(trained, name), { recursive: true })
    const steps = found.filter(isComplete).map((name) => Number(name.slice("checkpoint-".length)))
    return steps.length === 0 ? undefined : `${layout.trained}/checkpoint-${Math.max(...steps)}`
  })

import { chmod, link, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { Effect } from "effect"
import type { TrainingError } from "../../../actors/trainer/trainingEngine.ts"
import type { PolicyFolder } from "../../../events/training.ts"
import { digestFolder } from "../../files/folderDigest.ts"
import { sizeOf } from "../../models/qwen2/config.ts"
import { openSafetensors } from "../../models/qwen2/safetensors.ts"
import { diskRefused } from "./failures.ts"

/** Which files of a folder make a policy or an adapter: the others tell how it was trained. */
const belongs =
  /^(?:.*\.safetensors(?:\.index\.json)?|(?:generation_|adapter_)?config\.json|.*token.*\.json|vocab\.json|merges\.txt|.*\.jinja)$/

/**
 * Puts a trained policy, or an adapter, in its place: the files of `from` that make it, as further names of the same bytes. The
 * place holds the whole of it or what was there before.
 */
export const publishFolder = (from: string, place: string): Effect.Effect<PolicyFolder, TrainingError> =>
  Effect.tryPromise({
    try: async () => {
      await mkdir(dirname(place), { recursive: true })
      const building = await mkdtemp(join(dirname(place), `.${basename(place)}-`))
      for (const name of (await readdir(from)).filter((name) => belongs.test(name))) {
        await link(join(from, name), join(building, name))
      }
      await chmod(building, 0o755)
      await rm(place, { recursive: true, force: true })
      await rename(building, place)
      return { folder: place, sha256: (await digestFolder(place)).sha256 }
    },
    catch: diskRefused
  })

/** How many numbers the safetensors files of a folder hold. */
export const countParameters = (folder: string): Effect.Effect<number, TrainingError> =>
  Effect.tryPromise({
    try: async () => {
      const files = (await readdir(folder)).filter((name) => name.endsWith(".safetensors"))
      const tensors = files.flatMap((name) => [...openSafetensors(join(folder, name)).tensors.values()])
      return tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    },
    catch: diskRefused
  })

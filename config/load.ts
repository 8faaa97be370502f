import { dirname, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, FileSystem } from "effect"
import { parseSettings } from "./parse.ts"
import { ConfigError, didYouMean, unreadable } from "./problems.ts"
import type { Settings } from "./settings.ts"

const presetFolder = fileURLToPath(new URL("presets/", import.meta.url))
const presetEnding = ".yaml"

/** The configurations that come with the system, by name. */
export const presetNames = Effect.fn("config.presetNames")(function* () {
  const fs = yield* FileSystem.FileSystem
  const files = yield* fs.readDirectory(presetFolder)
  return files
    .filter((file) => file.endsWith(presetEnding))
    .map((file) => file.slice(0, -presetEnding.length))
    .sort()
})

export interface ConfigRequest {
  /** A preset's name such as `quickstart`, or the path of a YAML file. */
  readonly config: string
  /** Changes from the command line, each `key.key=value`. */
  readonly set: ReadonlyArray<string>
  /** Absolute. */
  readonly workingFolder: string
}

/** Reads a preset or a file, applies the changes, and checks all of it. */
export const loadSettings = Effect.fn("config.loadSettings")(function* (
  request: ConfigRequest
): Effect.fn.Return<Settings, ConfigError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const { path, file } = yield* locate(request)
  const text = yield* fs.readFileString(path).pipe(Effect.mapError(unreadable(file)))
  return yield* Effect.fromResult(
    parseSettings({ text, file, folder: dirname(path), workingFolder: request.workingFolder, set: request.set })
  )
})

const locate = Effect.fnUntraced(function* ({ config, workingFolder }: ConfigRequest) {
  if (/[/\\.]/.test(config)) return { path: resolve(workingFolder, config), file: config }
  const presets = yield* Effect.orDie(presetNames())
  if (!presets.includes(config)) {
    const message = `no preset "${config}"${didYouMean(config, presets)}; there are ${presets.join(", ")}, or give the path of a .yaml file`
    return yield* new ConfigError({ problems: [{ where: "--config", message }] })
  }
  const path = resolve(presetFolder, `${config}${presetEnding}`)
  const fromHere = relative(workingFolder, path)
  return { path, file: fromHere.startsWith("..") ? path : fromHere }
})

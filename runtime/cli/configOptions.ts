import { Effect, type Option } from "effect"
import { Flag } from "effect/cli"
import { loadSettings } from "../../config/load.ts"

/** The flag that names a configuration. */
export const anyConfigFlag = Flag.String("config").pipe(
  Flag.withAlias("c"),
  Flag.withMetavar("FILE|PRESET"),
  Flag.withDescription("A YAML file, or the name of a preset: atlas, quickstart, paper-3b")
)

/** The same with the preset that is taken without it. */
export const configFlag = (standard: string) => anyConfigFlag.pipe(Flag.withDefault(standard))

/** Flags of a command that takes a configuration. */
export const configFlags = {
  config: configFlag("quickstart"),
  set: Flag.String("set").pipe(
    Flag.withMetavar("KEY=VALUE"),
    Flag.withDescription("Change a value of the configuration, e.g. policy.maxTurns=5; can be repeated"),
    Flag.atLeast(0)
  ),
  run: Flag.String("run").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Name of the run; an unfinished run of that name is gone on with"),
    Flag.optional
  )
}

export interface ConfigFlags {
  readonly config: string
  readonly set: ReadonlyArray<string>
  readonly run: Option.Option<string>
}

/** The settings that those flags stand for. */
export const settingsOf = Effect.fnUntraced(function* (flags: Pick<ConfigFlags, "config" | "set">) {
  return yield* loadSettings({ config: flags.config, set: flags.set, workingFolder: process.cwd() })
})

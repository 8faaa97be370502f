import { Settings } from "../../../config/settings.ts"

const sections: ReadonlyArray<string> = Object.keys(Settings.fields)

/**
 * What `--set` of a training changes: a key of its own section, such as `epochs=1`, or any other by its full path, such as
 * `broker.dataDir=…`.
 */
export const trainingOverride = (objective: string, change: string): string => {
  const first = /^[^.=]*/.exec(change)?.[0] ?? ""
  return sections.includes(first) ? change : `training.${objective}.${change}`
}

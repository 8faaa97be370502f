import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Finds a program: the path that the variable names, or else the first one of that name in the folders of PATH. Undefined when
 * there is none, or when what the variable names can't be run.
 */
export const findTool = (name: string, variable: string, environment: Environment): string | undefined => {
  const named = environment[variable]
  if (named !== undefined && named !== "") return isExecutable(named) ? named : undefined
  return (environment.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

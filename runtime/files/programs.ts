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

/** Finds a program in the folders of PATH and where system packages put servers. */
export const findProgram = (name: string, environment: Environment): string | undefined =>
  [...(environment.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/usr/local/bin"]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable)

/**
 * Finds a program: the path that the variable names, or else the first one of that name. Undefined when there is none, or when
 * what the variable names can't be run.
 */
export const findTool = (name: string, variable: string, environment: Environment): string | undefined => {
  const named = environment[variable]
  if (named === undefined || named === "") return findProgram(name, environment)
  return isExecutable(named) ? named : undefined
}

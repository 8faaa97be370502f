import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Finds a program in the folders of PATH and where system packages put servers. */
export const findProgram = (
  name: string,
  environment: Readonly<Record<string, string | undefined>>
): string | undefined =>
  [...(environment.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/usr/local/bin"]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable)

/** The `nats-server` program: `SMARTSEARCH_NATS_SERVER` if it is set, else the one in PATH. */
export const findNatsServer = (environment: Readonly<Record<string, string | undefined>>): string | undefined => {
  const named = environment.SMARTSEARCH_NATS_SERVER
  if (named !== undefined && named !== "") return isExecutable(named) ? named : undefined
  return findProgram("nats-server", environment)
}

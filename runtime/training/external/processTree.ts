import { readdirSync, readFileSync } from "node:fs"

/** A process that can't be mistaken for a later one of the same number. */
interface Process {
  readonly pid: number
  readonly parent: number
  /** When it started, in ticks since the machine did. */
  readonly started: string
}

const processOf = (pid: number): Process | undefined => {
  try {
    // The program's name may hold blanks and parentheses; what follows the last one does not.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? []
    const [state, parent] = fields
    return state === "Z" || state === "X" ? undefined : { pid, parent: Number(parent), started: fields[19] ?? "" }
  } catch {
    return undefined
  }
}

const allProcesses = (): ReadonlyArray<Process> => {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => processOf(Number(name)) ?? [])
  } catch {
    return []
  }
}

/**
 * The processes that a process started, and those that these started, in whatever process groups they are. None where the
 * system has no `/proc`.
 */
export const descendantsOf = (pid: number): ReadonlyArray<Process> => {
  const children = Map.groupBy(allProcesses(), ({ parent }) => parent)
  const below = (parent: number): ReadonlyArray<Process> =>
    (children.get(parent) ?? []).flatMap((child) => [child, ...below(child.pid)])
  return below(pid)
}

/** Kills those of the processes that still live. */
export const killAll = (processes: ReadonlyArray<Process>): void => {
  for (const { pid, started } of processes) {
    if (processOf(pid)?.started === started) signal(pid, "SIGKILL")
  }
}

/** Sends a signal to a process, or to a group when the number is negative; one that has ended gets none. */
export const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended: there is nothing left to signal.
  }
}

import { readdirSync, readFileSync } from "node:fs"

/** Clock ticks a second that Linux counts CPU time in. */
const ticks = 100

/** CPU seconds that this process, all its threads included, has used so far. */
export const hostsCpu = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** The fields of a process in `/proc` from its state on, behind its name; undefined when it has ended meanwhile. */
const read = (pid: string): { readonly name: string; readonly fields: ReadonlyArray<string> } | undefined => {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8")
    const end = line.lastIndexOf(")")
    return { name: line.slice(line.indexOf("(") + 1, end), fields: line.slice(end + 2).split(" ") }
  } catch {
    return undefined
  }
}

/** CPU seconds that the children of this process have used so far, by name; none where there is no `/proc`. */
export const childrensCpu = (): Readonly<Record<string, number>> => {
  const used: Record<string, number> = {}
  let pids: ReadonlyArray<string> = []
  try {
    pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name))
  } catch {
    return used
  }
  for (const pid of pids) {
    const found = read(pid)
    if (found === undefined || Number(found.fields[1]) !== process.pid) continue
    const seconds = (Number(found.fields[11]) + Number(found.fields[12])) / ticks
    used[found.name] = (used[found.name] ?? 0) + seconds
  }
  return used
}

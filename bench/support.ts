import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { findNatsServer } from "../runtime/event-log/serverProgram.ts"

/** Where the repository is. */
export const root: string = join(import.meta.dirname, "..")

/** What a figure was measured on, in one line: without it no figure says anything. */
export const machine = (): string => {
  const processors = cpus()
  const server = findNatsServer(process.env)
  const broker =
    server === undefined
      ? "no nats-server"
      : execFileSync(server, ["--version"], { encoding: "utf8" }).trim().replace(": v", " ")
  const model = processors[0]?.model.trim() ?? "unknown processor"
  return `${model}, ${processors.length} cores, Node ${process.versions.node}, ${broker}, ${new Date().toISOString().slice(0, 10)}`
}

/** The middle of an odd number of measurements, the mean of the two in the middle of an even one. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const below = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  const above = sorted[Math.ceil((sorted.length - 1) / 2)] ?? Number.NaN
  return (below + above) / 2
}

/** A whole number with its thousands set apart. */
export const whole = (value: number): string => Math.round(value).toLocaleString("en-US")

/** The median with the lowest and the highest of the repetitions: `24,500 [23,100–26,000]`. */
export const spread = (values: ReadonlyArray<number>): string =>
  `${whole(median(values))} [${whole(Math.min(...values))}–${whole(Math.max(...values))}]`

/** A Markdown table whose columns line up in a terminal too; every column but the first is aligned to the right. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const width = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0), 3))
  const line = (cells: ReadonlyArray<string>) =>
    `| ${width.map((size, column) => (column === 0 ? (cells[column] ?? "").padEnd(size) : (cells[column] ?? "").padStart(size))).join(" | ")} |`
  const rule = `|${width.map((size, column) => (column === 0 ? "-".repeat(size + 2) : `${"-".repeat(size + 1)}:`)).join("|")}|`
  return [line(head), rule, ...rows.map(line)].join("\n")
}

/** Runs the variants one after the other, over and over, so that what disturbs the machine disturbs all of them alike. */
export const alternate = async <Name extends string>(
  repetitions: number,
  variants: Readonly<Record<Name, () => Promise<number>>>
): Promise<Readonly<Record<Name, ReadonlyArray<number>>>> => {
  const names = Object.keys(variants) as Array<Name>
  const measured = Object.fromEntries(names.map((name) => [name, [] as Array<number>])) as Record<Name, Array<number>>
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const name of names) measured[name].push(await variants[name]())
  }
  return measured
}

/** Gives `use` a fresh folder that is gone afterwards. */
export const inTemporaryFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "smartsearch-bench-"))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

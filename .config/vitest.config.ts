import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

const root = new URL("..", import.meta.url).pathname
const rooms = "{events,method,actors,projections,runtime,config,bench,examples}/**/*.test.ts"
const isolated = ["golden", "integration", "end-to-end"]

/** One part of the tests: `npm test -- --only <name>`. */
const suite = (name: string, include: ReadonlyArray<string>, exclude: ReadonlyArray<string> = []) => ({
  extends: true as const,
  test: {
    name,
    root,
    include: [...include],
    exclude: [...exclude],
    // Whole programs keep every core busy: tests of what takes how long come before them, not beside them.
    sequence: { groupOrder: name === "unit" ? 0 : 1 }
  }
})

export default defineConfig({
  test: {
    root,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Vitest leaves a core free; on a machine with two that is half of it, while most tests wait for other processes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      suite(
        "unit",
        [rooms, "test/**/*.test.ts"],
        isolated.map((folder) => `test/${folder}/**`)
      ),
      ...isolated.map((folder) => suite(folder, [`test/${folder}/**/*.test.ts`]))
    ]
  }
})

import { execFile } from "node:child_process"
import { Effect } from "effect"
import { findTool } from "../../../files/programs.ts"

/** How a Python program ended. */
export interface PythonRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs Python source with these arguments. The files we write for trainers are Python, so their tests need one; a machine
 * without it fails them.
 */
export const runPython = (
  source: string,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
): Effect.Effect<PythonRun> => {
  const python = findTool("python3", "SMARTSEARCH_PYTHON", process.env)
  if (python === undefined) {
    return Effect.die(new Error("this test runs Python: install python3 (Debian: apt-get install python3)"))
  }
  return Effect.callback((resume) => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...environment }
    const child = execFile(python, ["-c", source, ...args], { env }, (_, stdout, stderr) =>
      resume(Effect.succeed({ code: child.exitCode ?? -1, stdout, stderr }))
    )
  })
}

import { spawn } from "node:child_process"
import { Effect } from "effect"
import { type Environment, findProgram } from "../../files/programs.ts"

/** A program with its arguments. */
export interface Opener {
  readonly program: string
  readonly args: ReadonlyArray<string>
}

/** What opens a file with the default browser of a system; undefined when there is nothing that would. */
export const openerOf = (
  file: string,
  platform: NodeJS.Platform,
  environment: Environment,
  find: (name: string, environment: Environment) => string | undefined = findProgram
): Opener | undefined => {
  // The first argument in quotes would be taken for the title of a window.
  if (platform === "win32") return { program: "cmd", args: ["/c", "start", '""', `"${file}"`] }
  const hasScreen = platform === "darwin" || isNamed(environment.DISPLAY) || isNamed(environment.WAYLAND_DISPLAY)
  const program = hasScreen ? find(platform === "darwin" ? "open" : "xdg-open", environment) : undefined
  return program === undefined ? undefined : { program, args: [file] }
}

const isNamed = (value: string | undefined): boolean => value !== undefined && value !== ""

/** Milliseconds after which a program that has not given up is taken to have opened the file. */
const patience = 3000

/** Starts the program and lets it be. Tells whether it opened the file, as far as it says so at once. */
export const openPage = ({ args, program }: Opener): Effect.Effect<boolean> =>
  Effect.callback<boolean>((resume) => {
    const child = spawn(program, args, { stdio: "ignore", detached: true, windowsVerbatimArguments: true })
    child.once("error", () => resume(Effect.succeed(false)))
    child.once("exit", (code) => resume(Effect.succeed(code === 0)))
    child.unref()
  }).pipe(Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.succeed(true) }))

import { findProgram } from "../../files/programs.ts"

/**
 * The command that starts a program which is killed as soon as this process is dead. A test's worker can be killed, and
 * then nothing is left to end what its tests have started. Needs `setpriv` (Linux); without it the program starts as it is.
 */
export const mortal = (
  program: string,
  args: ReadonlyArray<string>
): readonly [command: string, args: Array<string>] => {
  const setpriv = findProgram("setpriv", process.env)
  return setpriv === undefined ? [program, [...args]] : [setpriv, ["--pdeathsig", "KILL", program, ...args]]
}

/** Flags that only ask the command line about itself. */
const QUESTIONS = ["--help", "-h", "--version", "-v", "--completions"]

/** Commands that work without an event log; `doctor` is the one that says what is missing. */
const WITHOUT_LOG = ["doctor"]

/**
 * Whether a command line starts a nats-server of its own: not when it is given the address of one, and not when all it wants
 * is help.
 *
 * @param {ReadonlyArray<string>} args
 * @param {import("./machine.mjs").Machine["env"]} env
 */
export const needsNatsServer = (args, env) => {
  if (env.SMARTSEARCH_NATS_URL) return false
  const [command] = args
  return command !== undefined && !WITHOUT_LOG.includes(command) && !args.some((arg) => QUESTIONS.includes(arg))
}

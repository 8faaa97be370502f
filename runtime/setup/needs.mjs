/** Flags that only ask the command line about itself. */
const QUESTIONS = ["--help", "-h", "--version", "-v", "--completions"]

/** Commands that work without an event log; `doctor` is the one that says what is missing. */
const WITHOUT_LOG = ["doctor"]

/** Flags that can name a running server, so that only the command itself knows whether it starts one. */
const MAY_NAME_ONE = ["--broker", "--config"]

/**
 * How much a command line needs a nats-server to start: `no` when it is given the address of a running one or only asks for
 * help, `perhaps` when only the command can tell, so that a machine where none can be installed is no obstacle yet.
 *
 * @param {ReadonlyArray<string>} args
 * @param {import("./machine.mjs").Machine["env"]} env
 * @returns {"yes" | "perhaps" | "no"}
 */
export const needsNatsServer = ([command, ...args], env) => {
  if (env.SMARTSEARCH_NATS_URL) return "no"
  if (command === undefined || WITHOUT_LOG.includes(command)) return "no"
  if ([command, ...args].some((arg) => QUESTIONS.includes(arg))) return "no"
  return args.some((arg) => MAY_NAME_ONE.includes(arg.split("=")[0] ?? "")) ? "perhaps" : "yes"
}

/** Flags that only ask the command line about itself. */
const QUESTIONS = ["--help", "-h", "--version", "-v", "--completions"]

/** Commands that work without an event log; `doctor` is the one that says what is missing. `log export` is another command. */
const WITHOUT_LOG = ["doctor", "serve", "export"]

/** Flags whose file or value may name a running server. */
const CONFIGURATION = ["--config", "-c", "--set"]

/**
 * How much a command line needs a nats-server to start: `no` when it is given the address of a running one or only asks for
 * help, `perhaps` when only the command can tell, so that a machine where none can be installed is no obstacle yet.
 *
 * @param {ReadonlyArray<string>} args
 * @param {import("./machine.mjs").Machine["env"]} env
 * @returns {"yes" | "perhaps" | "no"}
 */
export const needsNatsServer = (args, env) => {
  const flags = args.filter((arg) => arg.startsWith("-")).map((arg) => arg.replace(/=.*$/s, ""))
  const has = (/** @type {ReadonlyArray<string>} */ names) => flags.some((flag) => names.includes(flag))
  if (args.length === 0 || has(QUESTIONS) || WITHOUT_LOG.includes(commandOf(args))) return "no"
  if (has(["--broker"])) return "no"
  if (has(["--data-dir"])) return "yes"
  if (env.SMARTSEARCH_NATS_URL) return "no"
  return has(CONFIGURATION) ? "perhaps" : "yes"
}

/** The first word that is no flag; a flag's value, if that comes first, is no command either. */
const commandOf = (/** @type {ReadonlyArray<string>} */ args) => args.find((arg) => !arg.startsWith("-")) ?? ""

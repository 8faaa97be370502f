import { dlq } from "./commands/dlq.ts"
import { log } from "./commands/log.ts"
import { run } from "./commands/run.ts"
import { score } from "./commands/score.ts"

/** Every subcommand, in the order of the help text. */
export const commands = [run, score, log, dlq] as const

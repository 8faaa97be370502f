import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit, Layer, Logger } from "effect"
import { CliError, Command } from "effect/cli"
import { version } from "../version.ts"
import { commands } from "./commands.ts"
import { presenter } from "./presenter.ts"
import { root } from "./root.ts"

/** Logs are for whoever watches: stdout belongs to the answer. */
const logging = Logger.layer([
  Logger.make(({ logLevel, message, date }) => {
    const text = (Array.isArray(message) ? message : [message]).map(String).join(" ")
    process.stderr.write(`${date.toISOString()} ${logLevel} ${text}\n`)
  })
])

/** Exit code and what to say: 2 and nothing more for wrong usage, which the parser has explained; else 1 and the reason. */
const outcome = (exit: Exit.Exit<unknown, unknown>): { readonly code: number; readonly message: string } => {
  if (Exit.isSuccess(exit)) return { code: 0, message: "" }
  if (Cause.hasInterruptsOnly(exit.cause)) return { code: 130, message: "" }
  const error = Cause.squash(exit.cause)
  if (CliError.isCliError(error)) return { code: error._tag === "UserError" ? 1 : 2, message: "" }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 1, message: Cause.hasDies(exit.cause) ? `${message}\n${Cause.pretty(exit.cause)}` : message }
}

// Whoever reads the answer may have read enough, as `head` has: then there is nothing left to do.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0)
  throw error
})

/** Spans go nowhere as long as nothing collects them, and making them costs a tenth of a busy host. */
const tracing = false

root.pipe(
  Command.withSubcommands(commands),
  Command.run({ version }),
  Effect.withTracerEnabled(tracing),
  Effect.provide(Layer.mergeAll(NodeServices.layer, NodeHttpClient.layerUndici, logging, presenter)),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) => {
      const { code, message } = outcome(exit)
      if (message !== "") process.stderr.write(`smartsearch: ${message}\n`)
      onExit(code)
    }
  })
)

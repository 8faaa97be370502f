import { Command } from "effect/cli"
import { serveModel } from "./serveModel.ts"
import { serveReward } from "./serveReward.ts"

export const serve = Command.make("serve").pipe(
  Command.withDescription("Answer others over HTTP: with a model in this process, or with rewards"),
  Command.withSubcommands([serveModel, serveReward])
)

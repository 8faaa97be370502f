import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { configuredRewarding } from "../../http/reward-server/configuredRewarding.ts"
import { serveRewards } from "../../http/reward-server/rewardServer.ts"
import { actorServices } from "../../system/services.ts"
import { CommandFailed } from "../commandFailed.ts"
import { configFlags, settingsOf } from "../configOptions.ts"
import { root } from "../root.ts"
import { note, printJson } from "../terminal.ts"

/** Bytes of a request at most: thousands of solutions of 8,192 tokens. */
const maxBody = 256 * 1024 * 1024

const isLoopback = (host: string): boolean => /^(localhost|127\..*|::1)$/.test(host)

/** Serves until it is interrupted. */
export const serveReward = Command.make(
  "reward",
  {
    config: configFlags.config,
    set: configFlags.set,
    host: Flag.String("host").pipe(
      Flag.withDescription("Address to listen on; any but a loopback one lets others in"),
      Flag.withDefault("127.0.0.1")
    ),
    port: Flag.Int("port").pipe(Flag.withDescription("Port to listen on; 0 for any"), Flag.withDefault(8100))
  },
  Effect.fn("serve.reward")(function* ({ config, set, host, port }) {
    const { json } = yield* root
    const settings = yield* settingsOf({ config, set })
    return yield* Effect.gen(function* () {
      const rewarding = yield* configuredRewarding(settings)
      const address = yield* serveRewards(rewarding, { host, port, maxBody }).pipe(
        Effect.catchTag("ServeError", ({ cause }) => {
          const reason = cause instanceof Error ? cause.message : String(cause)
          return new CommandFailed({ detail: `can't listen on ${host}:${port}: ${reason}; choose another --port` })
        })
      )
      if (json) yield* printJson({ url: address })
      yield* note(`Rewards at ${address}/reward`)
      if (rewarding.judge === undefined) {
        yield* note("No judge model is configured (judge.kind: llm): of each query, only the novelty is scored.")
      }
      if (!isLoopback(host)) yield* note(`Whoever reaches ${host}:${port} can ask for rewards: there is no key.`)
      return yield* Effect.never
    }).pipe(Effect.provide(actorServices(settings, [])), Effect.scoped)
  })
).pipe(Command.withDescription("Reward finished trajectories over HTTP, for a trainer elsewhere"))

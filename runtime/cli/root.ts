import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import type { BrokerSettings as Configured } from "../../config/hosting.ts"
import { Broker } from "../event-log/broker.ts"
import { EventLog } from "../event-log/eventLog.ts"
import type { BrokerSettings } from "../event-log/settings.ts"
import { SegmentFolder } from "../projection-runner/segmentFolder.ts"
import { brokerFlags, brokerSettings } from "./brokerOptions.ts"

/** The command itself: its flags hold for every subcommand. */
export const root = Command.make("smartsearch").pipe(
  Command.withSharedFlags({
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Answer in JSON, on the last line of stdout"),
      Flag.withDefault(false)
    ),
    ...brokerFlags
  }),
  Command.withDescription("Score, refine and learn from every query of a search agent, over one event log.")
)

const standardBroker: Configured = { kind: "embedded", dataDir: ".smartsearch/log" }

/** Segments lie beside the log they were read from, or in the working folder when that is elsewhere. */
const segmentFolder = (broker: BrokerSettings): string =>
  broker.kind === "embedded" ? join(broker.dataDir, "segments") : join(".smartsearch", "segments")

/** Runs an effect with the log that the flags, the environment or the configuration name. */
export const withLog =
  (configuration: Configured = standardBroker) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const settings = yield* brokerSettings(yield* root, configuration)
      return yield* effect.pipe(
        Effect.provide(EventLog.layer.pipe(Layer.provideMerge(Broker.layer(settings)))),
        Effect.provideService(SegmentFolder, segmentFolder(settings))
      )
    })

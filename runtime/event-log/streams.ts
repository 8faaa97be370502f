import {
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig
} from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { allDeadLetters, allEvents, allRetries } from "../../events/subjects.ts"
import { BrokerError } from "./errors.ts"

/** The log: append only, never trimmed. */
export const eventStream = "SMARTSEARCH"
/** Dead letters and their retries: a message leaves when it is replayed or dropped, so they can't lie in the log. */
export const deadLetterStream = "SMARTSEARCH_DLQ"

/** The broker drops a second copy of an event id for this long; folds drop it for ever. Nanoseconds. */
const duplicateWindow = 120e9

const wanted = (replicas: number): ReadonlyArray<Partial<StreamConfig> & { name: string; subjects: Array<string> }> => [
  {
    name: eventStream,
    subjects: [allEvents],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    duplicate_window: duplicateWindow,
    deny_delete: true,
    deny_purge: true,
    allow_direct: true,
    num_replicas: replicas
  },
  {
    name: deadLetterStream,
    subjects: [allDeadLetters, allRetries],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    duplicate_window: duplicateWindow,
    allow_direct: true,
    num_replicas: replicas
  }
]

/**
 * Opens JetStream's management interface and makes sure that both streams exist as they must be.
 *
 * Older servers accept settings that they do not know and drop them silently, so what came back is compared with what was
 * asked for; a stream that somebody made with other limits is refused rather than changed.
 */
export const openStreams = (nc: NatsConnection, replicas: number): Effect.Effect<JetStreamManager, BrokerError> =>
  Effect.gen(function* () {
    const manager = yield* Effect.tryPromise({
      try: () => jetstreamManager(nc, { timeout: 10_000 }),
      catch: (cause) =>
        new BrokerError({ reason: "incompatible", detail: `JetStream is not enabled on the server: ${String(cause)}` })
    })
    for (const config of wanted(replicas)) {
      const found = yield* Effect.tryPromise({
        try: () => manager.streams.info(config.name).catch(() => manager.streams.add(config)),
        catch: (cause) => new BrokerError({ reason: "incompatible", detail: `stream ${config.name}: ${String(cause)}` })
      })
      const differing = (["storage", "retention", "deny_delete", "deny_purge"] as const).filter(
        (key) => config[key] !== undefined && found.config[key] !== config[key]
      )
      const trimmed = (["max_msgs", "max_bytes", "max_age"] as const).filter((key) => (found.config[key] ?? 0) > 0)
      const problems = [...differing, ...trimmed]
      if (problems.length > 0) {
        const detail = `stream ${config.name} exists with other settings (${problems.map((key) => `${key}: ${String(found.config[key])}`).join(", ")}); an event log must keep everything: use another server or account`
        return yield* new BrokerError({ reason: "incompatible", detail })
      }
    }
    return manager
  })

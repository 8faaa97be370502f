import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig
} from "@nats-io/jetstream"
import { type NatsConnection, TimeoutError } from "@nats-io/transport-node"
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

/** What keeps a stream that exists from being used: settings by which it is no log, or does not hold our subjects. */
const problemsOf = (config: ReturnType<typeof wanted>[number], found: StreamConfig): ReadonlyArray<string> => {
  const differing = (["storage", "retention", "deny_delete", "deny_purge"] as const).filter(
    (key) => config[key] !== undefined && found[key] !== config[key]
  )
  // Once full it may refuse what is new, but never drop what is old.
  const limits = found.discard === DiscardPolicy.New ? [] : (["max_msgs", "max_bytes"] as const)
  const trimming = ([...limits, "max_age", "max_msgs_per_subject"] as const).filter((key) => (found[key] ?? 0) > 0)
  const unusable = (["sealed", "mirror"] as const).filter((key) => found[key])
  const missing = config.subjects.filter((subject) => !found.subjects?.includes(subject))
  return [
    ...[...differing, ...trimming, ...unusable].map((key) => `${key}: ${JSON.stringify(found[key])}`),
    ...missing.map((subject) => `subjects without ${subject}`)
  ]
}

const streamError = (what: string, cause: unknown): BrokerError => {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/permissions violation/i.test(text)) {
    const detail = `${what}: the broker's user may not use JetStream (${text})`
    return new BrokerError({ reason: "unauthorized", detail })
  }
  const reason = cause instanceof TimeoutError ? "unreachable" : "incompatible"
  return new BrokerError({ reason, detail: `${what}: ${text}` })
}

/** Asks once more, and again, where there was no answer: the connection may have broken meanwhile and be back. */
const asking = <A>(what: string, ask: () => Promise<A>): Effect.Effect<A, BrokerError> =>
  Effect.tryPromise({ try: ask, catch: (cause) => streamError(what, cause) }).pipe(
    Effect.retry({ while: ({ reason }) => reason === "unreachable", times: 2 })
  )

/**
 * Opens JetStream's management interface and makes sure that both streams exist as they must be.
 *
 * Older servers accept settings that they do not know and drop them silently, so what came back is compared with what was
 * asked for; a stream that somebody made with other limits is refused rather than changed.
 */
export const openStreams = (nc: NatsConnection, replicas: number): Effect.Effect<JetStreamManager, BrokerError> =>
  Effect.gen(function* () {
    const manager = yield* asking("JetStream can't be used", () => jetstreamManager(nc, { timeout: 5000 }))
    for (const config of wanted(replicas)) {
      const found = yield* asking(`stream ${config.name}`, () =>
        manager.streams.info(config.name).catch(() => manager.streams.add(config))
      )
      const problems = problemsOf(config, found.config)
      if (problems.length > 0) {
        const detail = `stream ${config.name} exists with other settings (${problems.join(", ")}); an event log must keep everything: use another server or account`
        return yield* new BrokerError({ reason: "incompatible", detail })
      }
    }
    return manager
  })

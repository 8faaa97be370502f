import type { Redacted } from "effect"

/** A `nats-server` that this process starts itself, or shares with the process that did. */
export interface EmbeddedBroker {
  readonly kind: "embedded"
  /** Holds the log. One server at a time has it; others on the same machine share that server. */
  readonly dataDir: string
  /** A fixed port instead of a free one. */
  readonly port?: number
}

/** A server or cluster that runs already. Secrets are given, never read from files that also hold other settings. */
export interface ExternalBroker {
  readonly kind: "external"
  /** `nats://host:port` or `tls://host:port`; several separated by commas. */
  readonly url: string
  readonly token?: Redacted.Redacted | undefined
  readonly user?: string | undefined
  readonly password?: Redacted.Redacted | undefined
  /** An nkey seed (`SU…`). */
  readonly nkeySeed?: Redacted.Redacted | undefined
  /** Path of a `.creds` file (JWT and seed). */
  readonly credsFile?: string | undefined
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string } | undefined
  /** Copies of the streams in a cluster (1, 3 or 5). */
  readonly replicas?: number
}

export type BrokerSettings = EmbeddedBroker | ExternalBroker

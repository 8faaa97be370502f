import { Schema } from "effect"
import { optional, required, withDefault } from "./keys.ts"
import { BrokerUrl, EnvironmentName, FilePath, PositiveInt, Text, Time } from "./scalars.ts"

/** Where and how a run is carried out. Nothing here decides what comes out of it. */

export const ActorSettings = Schema.Struct({
  concurrency: withDefault(PositiveInt, 64, "Messages that one process handles at the same time."),
  ackWait: withDefault(
    Time,
    "5 seconds",
    "Without a sign of life for this long, a message goes to another process; a handler that runs longer sends them."
  ),
  maxDeliver: withDefault(PositiveInt, 5, "Deliveries after which a message is parked in the dead letters."),
  backoff: withDefault(
    Schema.Array(Time),
    ["250 millis", "1 second", "4 seconds", "15 seconds"],
    "Waits before the second, third, … delivery after a failure; the last one repeats."
  ),
  patience: withDefault(
    Time,
    "10 minutes",
    "How long a message waits for a model or retriever whose server is away or overloaded before it is parked; such waiting is no failed delivery."
  ),
  grace: withDefault(Time, "5 seconds", "How long a stopping process waits for what is being handled.")
})
export type ActorSettings = typeof ActorSettings.Type

const EmbeddedBroker = Schema.Struct({
  kind: Schema.Literal("embedded"),
  dataDir: withDefault(FilePath, ".smartsearch/log", "Folder of the log. One server at a time has it."),
  port: optional(PositiveInt, "A fixed port instead of a free one.")
}).annotate({
  description: "A `nats-server` on loopback that this process starts, or shares with the process that did."
})

const Tls = Schema.Struct({
  caFile: optional(FilePath, "Certificate authority that signed the server's certificate."),
  certFile: optional(FilePath, "Certificate of this client."),
  keyFile: optional(FilePath, "Private key of this client's certificate.")
})

const ExternalBroker = Schema.Struct({
  kind: Schema.Literal("external"),
  url: required(BrokerUrl, "`nats://host:port` or `tls://host:port`; several of a cluster separated by commas."),
  tokenEnv: optional(EnvironmentName, "Environment variable that holds the token."),
  user: optional(Text, "User name; its password comes from `passwordEnv`."),
  passwordEnv: optional(EnvironmentName, "Environment variable that holds the password of `user`."),
  nkeySeedEnv: optional(EnvironmentName, "Environment variable that holds an nkey seed (`SU…`)."),
  credsFile: optional(FilePath, "A `.creds` file with a user's JWT and seed."),
  tls: optional(Tls, "Certificates, where the server asks for TLS."),
  replicas: withDefault(
    Schema.Literals([1, 3, 5]),
    1,
    "Copies of the log in a cluster; with 3, one lost machine loses no event."
  )
}).annotate({ description: "A server or cluster that runs already." })

export const BrokerSettings = Schema.Union([EmbeddedBroker, ExternalBroker])
  .annotate({ expected: 'a broker of kind "embedded" or "external"' })
  .pipe(Schema.toTaggedUnion("kind"))
export type BrokerSettings = typeof BrokerSettings.Type

export const OutputSettings = Schema.Struct({
  dir: withDefault(FilePath, "out", "Folder of datasets, metrics and reports.")
})

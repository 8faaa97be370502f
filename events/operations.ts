import { Schema } from "effect"
import { defineEvent } from "./define.ts"

export const ActorRegistered = defineEvent({
  type: "ActorRegistered",
  version: 1,
  summary:
    "An actor joined: from now on it handles the events it consumes, and the old ones too when it was backfilled.",
  emittedBy: "actors add",
  schema: Schema.Struct({
    actor: Schema.NonEmptyString,
    version: Schema.NonEmptyString,
    consumes: Schema.Array(Schema.String),
    /** The file it was loaded from, and that file's sha256. */
    module: Schema.Struct({ path: Schema.String, sha256: Schema.String }),
    backfill: Schema.Literals(["all", "none"])
  })
})

export const ActorRetired = defineEvent({
  type: "ActorRetired",
  version: 1,
  summary: "An actor left: its events stay, new ones are not handled.",
  emittedBy: "actors retire",
  schema: Schema.Struct({ actor: Schema.NonEmptyString, reason: Schema.String })
})

export const MessageParked = defineEvent({
  type: "MessageParked",
  version: 1,
  summary: "An actor could not handle an event: it lies in the dead letters and can be shown, replayed or dropped.",
  emittedBy: "the actor host",
  schema: Schema.Struct({
    actor: Schema.NonEmptyString,
    actorVersion: Schema.NonEmptyString,
    /** The event that could not be handled; its id is absent when it could not be read. */
    eventType: Schema.String,
    eventId: Schema.optionalKey(Schema.String),
    sequence: Schema.Natural,
    trajectoryId: Schema.optionalKey(Schema.String),
    attempts: Schema.Natural,
    error: Schema.String
  })
})

import { Schema } from "effect"
import { defineEvent, field } from "./define.ts"

export const ActorRegistered = defineEvent({
  type: "ActorRegistered",
  version: 1,
  summary:
    "An actor joined: from now on it handles the events it consumes, and the old ones too when it was backfilled.",
  emittedBy: "actors add",
  schema: Schema.Struct({
    actor: field(Schema.NonEmptyString, "Its name."),
    version: field(Schema.NonEmptyString, "Its version; another one registers anew."),
    consumes: field(Schema.Array(Schema.String), "The event types it handles."),
    module: field(
      Schema.Struct({ path: Schema.String, sha256: Schema.String }),
      "The file it was loaded from, and that file's sha256."
    ),
    backfill: field(Schema.Literals(["all", "none"]), "Whether it handles the events that are already in the log.")
  })
})

export const ActorRetired = defineEvent({
  type: "ActorRetired",
  version: 1,
  summary: "An actor left: its events stay, new ones are not handled.",
  emittedBy: "actors retire",
  schema: Schema.Struct({
    actor: field(Schema.NonEmptyString, "Its name."),
    reason: field(Schema.String, "Why, for a person to read.")
  })
})

export const MessageParked = defineEvent({
  type: "MessageParked",
  version: 1,
  summary: "An actor could not handle an event: it lies in the dead letters and can be shown, replayed or dropped.",
  emittedBy: "the actor host",
  schema: Schema.Struct({
    actor: field(Schema.NonEmptyString, "The actor that gave up."),
    actorVersion: field(Schema.NonEmptyString, "Its version."),
    eventType: field(Schema.String, "Type of the event that could not be handled."),
    eventId: field(Schema.optionalKey(Schema.String), "Its id; absent when it could not be read."),
    sequence: field(Schema.Natural, "Its place in the log."),
    trajectoryId: field(Schema.optionalKey(Schema.String), "The trajectory it is about, where it is about one."),
    attempts: field(Schema.Natural, "Times it was delivered to the actor."),
    error: field(Schema.String, "What went wrong the last time.")
  })
})

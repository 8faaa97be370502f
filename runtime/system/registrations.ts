import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { Effect, Result, Schema } from "effect"
import type { Actor } from "../../actors/actor.ts"
import { parseScorerModule, scorerActor } from "../../actors/scorer.ts"
import { codec } from "../../events/codec.ts"
import type { AnyEvent } from "../../events/envelope.ts"
import type { DataOf } from "../../events/registry.ts"
import type { ReadError } from "../event-log/errors.ts"
import { EventLog } from "../event-log/eventLog.ts"

export type Registration = DataOf<"ActorRegistered">

/** Thrown when a scorer's file can't be used: not there, no valid module, or no longer the file that was registered. */
export class ScorerModuleError extends Schema.TaggedError<ScorerModuleError>()("ScorerModuleError", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

/** A scorer's actor with the sha256 of the file it came from. */
export interface LoadedScorer {
  readonly actor: Actor<"DocumentsRetrieved">
  readonly path: string
  readonly sha256: string
}

/** Loads a scorer from a file that exports `scorer`. The file runs in this process: it is trusted like the program itself. */
export const loadScorer = (file: string): Effect.Effect<LoadedScorer, ScorerModuleError> =>
  Effect.gen(function* () {
    const path = resolve(file)
    const fail = (detail: string) => new ScorerModuleError({ path, detail })
    const sha256 = yield* Effect.try({
      try: () => createHash("sha256").update(readFileSync(path)).digest("hex"),
      catch: () => fail("no such file; give the path of a module that exports `scorer`")
    })
    const module: unknown = yield* Effect.tryPromise({
      // The digest makes a changed file a new module.
      try: () => import(`${pathToFileURL(path).href}?sha256=${sha256}`),
      catch: (cause) => fail(`the module does not load: ${cause instanceof Error ? cause.message : String(cause)}`)
    })
    const scorer = yield* Effect.fromResult(parseScorerModule(module, path)).pipe(
      Effect.mapError((error) => fail(error.message))
    )
    return { actor: scorerActor(scorer), path, sha256 }
  })

/** Loads the scorer that a registration names; refuses a file that was changed since, as it would score by other rules. */
export const loadRegistered = (registration: Registration): Effect.Effect<LoadedScorer, ScorerModuleError> =>
  Effect.gen(function* () {
    const { path, sha256 } = registration.module
    const loaded = yield* loadScorer(path)
    if (loaded.sha256 !== sha256) {
      const detail = `changed since "${registration.actor}" was registered; register it under a new name, since its scores would differ`
      return yield* new ScorerModuleError({ path, detail })
    }
    return loaded
  })

/** The registered actors that were not retired, by name, in order of their registration. Takes events twice without harm. */
export const evolveRegistrations = (
  registrations: ReadonlyMap<string, Registration>,
  event: AnyEvent
): ReadonlyMap<string, Registration> => {
  if (event.type === "ActorRegistered") return new Map(registrations).set(event.data.actor, event.data)
  if (event.type !== "ActorRetired") return registrations
  const left = new Map(registrations)
  left.delete(event.data.actor)
  return left
}

/** Every registration and retirement of a scorer, in the log's order. */
export const readRegistrationHistory: Effect.Effect<ReadonlyArray<AnyEvent>, ReadError, EventLog> = Effect.gen(
  function* () {
    const log = yield* EventLog
    const history: Array<AnyEvent> = []
    yield* log.read({ types: ["ActorRegistered", "ActorRetired"] }, (message) => {
      const decoded = codec.decode(message.text())
      if (Result.isSuccess(decoded)) history.push(decoded.success)
    })
    return history
  }
)

const nothing: ReadonlyMap<string, Registration> = new Map()

/** The registrations that such a history leaves. */
export const standingRegistrations = (history: ReadonlyArray<AnyEvent>): ReadonlyMap<string, Registration> =>
  history.reduce(evolveRegistrations, nothing)

/** The actors that are registered now. */
export const readRegistrations = Effect.map(readRegistrationHistory, standingRegistrations)

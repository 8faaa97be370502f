import { readFileSync } from "node:fs"
import { Effect, Result } from "effect"
import { codec } from "../../events/codec.ts"
import type { AnyEvent, EventOf } from "../../events/envelope.ts"
import type { EventType } from "../../events/registry.ts"
import type { Workspace } from "./workspace.ts"

/** The events of an exported log. */
export const readExport = (file: string): ReadonlyArray<AnyEvent> =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Result.getOrThrow(codec.decode(line)))

/** Exports the log with the command line and reads it back. */
export const exportEvents = (workspace: Workspace, name = "events.ndjson"): Effect.Effect<ReadonlyArray<AnyEvent>> =>
  Effect.map(workspace.ok(["log", "export", workspace.path(name)]), () => readExport(workspace.path(name)))

export const ofType = <T extends EventType>(
  events: ReadonlyArray<AnyEvent>,
  type: T
): ReadonlyArray<Extract<AnyEvent, EventOf<T>>> =>
  events.filter((event): event is Extract<AnyEvent, EventOf<T>> => event.type === type)

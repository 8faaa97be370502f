import { existsSync, mkdirSync, mkdtempSync, rmdirSync, statSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { Effect, Schema } from "effect"

/** Thrown when a folder can't be made or written into. */
export class FolderError extends Schema.TaggedError<FolderError>()("FolderError", {
  folder: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.folder}: ${this.detail}`
  }
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)

/** Why the system refused to write into a folder, and what to do about it, in words. */
export const refusal = (cause: unknown, folder: string): string => {
  const code = codeOf(cause)
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `no permission to write into ${folder}; change its permissions or choose another folder`
    case "EROFS":
      return `${folder} can only be read; choose a folder elsewhere`
    case "ENOSPC":
    case "EDQUOT":
      return `no space is left for ${folder}; make room or choose a folder elsewhere`
    case "EEXIST":
    case "ENOTDIR":
      return `${folder} is no folder; choose another one`
    default:
      return existsSync(folder)
        ? `nothing can be made in ${folder} (${code}); choose a folder elsewhere`
        : `there is no folder ${folder}; make it or choose another one`
  }
}

const nearestThatExists = (path: string): string => (existsSync(path) ? path : nearestThatExists(dirname(path)))

/** Fails unless a folder can be written into, or can be made where it is to be; leaves nothing behind. */
export const checkFolder = (folder: string): Effect.Effect<void, FolderError> =>
  Effect.suspend(() => {
    const nearest = nearestThatExists(resolve(folder))
    return Effect.try({
      try: () => rmdirSync(mkdtempSync(join(nearest, ".check-"))),
      catch: (cause) => new FolderError({ folder, detail: refusal(cause, nearest) })
    })
  })

/**
 * Makes a folder and those above it that are not there, with these permissions. Looks first whether that is possible: Node
 * tries for ever where nothing can be made, as in /proc.
 */
export const makeFolder = (folder: string, mode: number): Effect.Effect<void, FolderError> =>
  Effect.suspend(() => {
    if (existsSync(folder) && statSync(folder).isDirectory()) return Effect.void
    const make = Effect.try({
      try: () => mkdirSync(folder, { recursive: true, mode }),
      catch: (cause) => new FolderError({ folder, detail: refusal(cause, folder) })
    })
    return Effect.andThen(checkFolder(folder), Effect.asVoid(make))
  })

import { Schema } from "effect"

/**
 * Thrown when a file or folder of a model can't be read, written or used: it is missing, broken, or holds a model of
 * another kind. One line: which file, what is wrong with it, and what to do where that is not plain.
 */
export class ModelFolderError extends Schema.TaggedError<ModelFolderError>()("ModelFolderError", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file}: ${this.detail}`
  }
}

/** What an operating system's error code means for a file, in words. */
const meanings: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a file stands where a folder should be",
  EISDIR: "is a folder, not a file",
  EACCES: "no permission to use it",
  EPERM: "no permission to use it",
  EROFS: "the disk can only be read",
  ENOSPC: "no space is left on the disk",
  EDQUOT: "no space is left on the disk"
}

/** The answer of an operation on a file; what the system says against it is thrown as a `ModelFolderError`. */
export const onDisk = <A>(file: string, operation: () => A): A => {
  try {
    return operation()
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause
    const code = String(cause.code)
    throw new ModelFolderError({ file, detail: meanings[code] ?? `the system refused (${code})` })
  }
}

/** Names in a message: the first few of them, and how many there are more. */
export const listed = (names: ReadonlyArray<string>): string => {
  const shown = 3
  const more = names.length > shown ? ` and ${names.length - shown} more` : ""
  return names.slice(0, shown).join(", ") + more
}

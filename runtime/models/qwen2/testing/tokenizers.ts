import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { temporaryFolder } from "../../../event-log/testing/servers.ts"
import { saveTokenizer, trainTokenizer } from "../trainTokenizer.ts"

/** Texts with repetitions, in which a tokenizer finds something to merge. */
export const texts: ReadonlyArray<string> = [
  "Who directed the film that won the award? <search>film that won the award</search>",
  "The film was directed by André Østergård, who won the award in 1998 and in 1999.",
  "Où est le théâtre où André a dirigé le film? それは東京の映画館です。それは東京の劇場です。"
]

/** A folder with a tokenizer trained on these texts; `<search>` and `</search>` are tokens. */
export const tokenizerFolder: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const training = { vocabularySize: 310, addedTokens: ["<search>", "</search>"] }
  saveTokenizer(folder, yield* Effect.promise(() => trainTokenizer(texts, training)))
  return folder
})

/** Gives keys of a JSON file other values. */
export const change = (folder: string, name: string, changes: Readonly<Record<string, unknown>>): void => {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...changes }))
}

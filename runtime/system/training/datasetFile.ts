import { statSync } from "node:fs"
import { join, resolve } from "node:path"
import { Effect, Schema } from "effect"
import type { ObjectiveKind } from "../../../actors/trainer/examples.ts"
import type { Manifest } from "../../../projections/datasets/manifest.ts"
import { readManifest } from "../../../projections/datasets/manifest.ts"

/** Thrown when there is nothing to learn from at a place, or something for another objective. */
export class UnusableDataset extends Schema.TaggedError<UnusableDataset>()("UnusableDataset", {
  place: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.place}: ${this.detail}`
  }
}

/** The kinds of datasets that each objective learns from. */
const kindsOf: Readonly<Record<ObjectiveKind, ReadonlyArray<string>>> = {
  sft: ["sft", "student"],
  dpo: ["dpo"],
  grpo: ["rl"]
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/**
 * The file of examples that `--data` means: the file itself, or that of a folder of `datasets build`, preferably in the one format
 * that says which characters count for the loss.
 */
export const datasetFile = Effect.fn("datasetFile")(function* (objective: ObjectiveKind, place: string) {
  const path = resolve(place)
  if (!isFolder(path)) return path
  const manifest = yield* readManifest(path)
  const wanted = kindsOf[objective]
  if (!wanted.includes(manifest.kind)) {
    const fitting = Object.entries(kindsOf).find(([, kinds]) => kinds.includes(manifest.kind))?.[0]
    const detail = `a dataset of kind ${manifest.kind}, which \`train ${fitting}\` learns from; \`train ${objective}\` needs ${wanted.join(" or ")}`
    return yield* new UnusableDataset({ place, detail })
  }
  if (manifest.rows === 0) return yield* new UnusableDataset({ place, detail: "the dataset has no rows" })
  const name = fileIn(manifest)
  if (name === undefined) {
    const detail = `it holds questions for verl only; build it with \`smartsearch datasets build ${manifest.kind} --format jsonl\``
    return yield* new UnusableDataset({ place, detail })
  }
  return join(path, name)
})

/** The file to learn from among those of a dataset; undefined when there is none that can be. */
const fileIn = ({ kind, files }: Manifest): string | undefined => {
  const examples = files.map(({ name }) => name).filter((name) => name.startsWith(`${kind}.`) && /\.jsonl?$/.test(name))
  return examples.find((name) => name === `${kind}.jsonl`) ?? examples[0]
}

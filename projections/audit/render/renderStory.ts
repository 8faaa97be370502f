import { renderFields } from "../../text/fields.ts"
import { wrap } from "../../text/wrap.ts"
import type { DatasetVerdict, Story, StoryEntry } from "../story.ts"
import { type FieldOptions, fieldsOf } from "./fields.ts"

export interface RenderOptions {
  /** Columns of the terminal. */
  readonly columns?: number
  /** Prompts, prefixes and transcripts whole instead of their ends, or nothing, of them. */
  readonly full?: boolean
}

/** A story to be read in a terminal, oldest first, with where it was used at its end. Empty for an empty story. */
export const renderStory = (story: Story, { columns = 100, full = false }: RenderOptions = {}): string => {
  const { subject, entries, datasets } = story
  if (entries.length === 0) return ""
  const places = new Map(entries.map(({ eventId, sequence }) => [eventId, sequence]))
  const title = subject.kind === "query" ? `Query ${subject.queryId}` : `Trajectory ${subject.trajectoryId}`
  return [
    title,
    ...entries.map((entry) => renderEntry(entry, columns, { subject, full, places })),
    ...(datasets.length === 0 ? [] : [renderDatasets(datasets, columns)])
  ].join("\n\n")
}

const renderEntry = (entry: StoryEntry, columns: number, options: FieldOptions): string => {
  const fields = fieldsOf(entry, options)
  return [
    `#${entry.sequence}  ${entry.time}  ${entry.type} by ${entry.by}`,
    ...wrap(entry.headline, columns - 2).map((line) => `  ${line}`),
    ...(fields.length === 0 ? [] : [renderFields(fields, columns, 4)])
  ].join("\n")
}

const renderDatasets = (datasets: ReadonlyArray<DatasetVerdict>, columns: number): string =>
  [
    "Datasets",
    ...[...Map.groupBy(datasets, ({ trajectoryId }) => trajectoryId)].map(
      ([trajectoryId, verdicts]) =>
        `  ${trajectoryId}\n${renderFields(
          verdicts.map((verdict) => [verdict.dataset, verdictText(verdict)]),
          columns,
          4
        )}`
    )
  ].join("\n")

/** A dataset that nobody has built yet is told of as it would be by the usual settings. */
const verdictText = ({ included, reasons, rowIds, built }: DatasetVerdict): string =>
  [
    `${standing(included, built !== undefined)}: ${reasons.join("; ")}`,
    ...(rowIds.length > 0 ? [`row ${rowIds.join(", ")}`] : []),
    ...(built === undefined ? [] : [`built at #${built.sequence}: ${built.location}`])
  ].join("\n")

const standing = (included: boolean, isBuilt: boolean): string => {
  if (isBuilt) return included ? "in" : "not in"
  return included ? "would be in" : "would not be in"
}

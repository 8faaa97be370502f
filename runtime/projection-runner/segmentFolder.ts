import { Context } from "effect"

/** Folder in which segments of the log are cached; without one, every reading comes straight from the broker. */
export const SegmentFolder = Context.Reference("smartsearch/runtime/SegmentFolder", {
  defaultValue: (): string | undefined => undefined
})
